/** The default route in answers: it stands in where nothing longer than /0 matches. */

/** Puts a group where an answer (u32) is 0. */
export function defaultFill(groups: u32, count: u32, defaultGroup: u32): void {
  const fill = i32x4.splat(defaultGroup);
  const none = i32x4.splat(0);
  const end = groups + (count << 2);
  let at = groups;
  for (; at + 32 <= end; at += 32) {
    const left = v128.load(at);
    const right = v128.load(at, 16);
    v128.store(at, v128.or(left, v128.and(fill, i32x4.eq(left, none))));
    v128.store(at, v128.or(right, v128.and(fill, i32x4.eq(right, none))), 16);
  }
  for (; at < end; at += 4) {
    if (load<u32>(at) == 0) store<u32>(at, defaultGroup);
  }
}
