/** Asks the anycast address for `site.example TXT`, each time from another port. */

import { Resolver } from "node:dns/promises";

const count = Number(process.argv[2] ?? 100);
const address = process.argv[3] ?? "203.0.113.1";
/** @type {Record<string, number>} */
const answers = {};
for (let turn = 0; turn < count; turn++) {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([address]);
  const site = await resolver.resolveTxt("site.example").then(
    (records) => records.flat().join(""),
    () => "nobody",
  );
  answers[site] = (answers[site] ?? 0) + 1;
}
console.log(answers);
