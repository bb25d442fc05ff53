/** A filter expression as a tree. */

import type { Prefix } from "../../net/prefix.ts";

/** What a link header says that it carries. */
export type LinkProtocol = "ip" | "ip6" | "arp" | "rarp";

/** Which of two ends is meant: both of them, or either. */
export type Direction = "src" | "dst" | "either" | "both";

/** What a value is the value of. */
export interface Qualifiers {
  readonly protocol: string | undefined;
  readonly direction: Direction;
  readonly type: "host" | "net" | "port" | "portrange" | "proto";
}

/** A part of an expression. */
export type FilterNode =
  | { readonly kind: "and" | "or"; readonly left: FilterNode; readonly right: FilterNode }
  | { readonly kind: "not"; readonly of: FilterNode }
  | { readonly kind: "link"; readonly protocol: LinkProtocol }
  | { readonly kind: "vlan"; readonly id: number | undefined }
  | {
      readonly kind: "protocol";
      readonly number: number;
      readonly family: "ip" | "ip6" | "both";
    }
  | {
      readonly kind: "address";
      /** Any that has addresses of the family, unless said. */
      readonly protocol: LinkProtocol | undefined;
      readonly direction: Direction;
      readonly prefix: Prefix;
    }
  | {
      readonly kind: "port";
      /** Any of those with ports, unless said. */
      readonly protocol: number | undefined;
      readonly direction: Direction;
      readonly from: number;
      readonly to: number;
    };
