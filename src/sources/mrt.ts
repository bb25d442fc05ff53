/** MRT table dumps (RFC 6396): the prefixes of a routing table and who originates them. */

import type { AttributeSets } from "./bgp/attribute-sets.ts";
import { MrtRecords, TABLE_DUMP_V2 } from "./mrt/records.ts";
import {
  PEER_INDEX_TABLE,
  RIB_IPV4_UNICAST,
  RIB_IPV6_UNICAST,
  type RibRecord,
  RibRecordReader,
  readPeerIndexTable,
} from "./mrt/rib-records.ts";

export { AttributeSets } from "./bgp/attribute-sets.ts";
export { NO_ORIGIN } from "./mrt/attributes.ts";
export type { RibRecord } from "./mrt/rib-records.ts";

/** What a table dump is read with. */
export interface TableDumpOptions {
  /** The file, as messages name it. */
  readonly name: string;
  /** Keeps the attributes of the entries. */
  readonly attributeSets: AttributeSets;
  /** Takes each record of a prefix; the next one overwrites it. */
  readonly take: (record: RibRecord) => void;
}

/** What a table dump held. */
export interface TableDumpResult {
  /** Peers of the last peer index table. */
  readonly peers: number;
  /** Records of prefixes. */
  readonly records: number;
  readonly entries: number;
}

/**
 * Reads the unicast records of a TABLE_DUMP_V2 stream of any length, a record at a time; other
 * records are passed over. Throws TABLE_SYNTAX with `name@offset` of a record that is damaged or
 * cut, once the records before it were taken, CAPACITY for too many sets of attributes, and what
 * `chunks` throws.
 */
export async function readTableDump(
  chunks: AsyncIterable<Uint8Array>,
  { name, attributeSets, take }: TableDumpOptions,
): Promise<TableDumpResult> {
  const rib = new RibRecordReader(attributeSets);
  let peers = 0;
  let records = 0;
  let entries = 0;
  const stream = new MrtRecords(name, {
    wants: (type, subtype) =>
      type === TABLE_DUMP_V2 &&
      (subtype === PEER_INDEX_TABLE ||
        subtype === RIB_IPV4_UNICAST ||
        subtype === RIB_IPV6_UNICAST),
    take: (_type, subtype, body) => {
      if (subtype === PEER_INDEX_TABLE) {
        peers = readPeerIndexTable(body);
        return;
      }
      rib.read(subtype === RIB_IPV4_UNICAST ? 4 : 6, body, peers);
      records += 1;
      entries += rib.count;
      take(rib);
    },
  });
  for await (const chunk of chunks) stream.push(chunk);
  stream.end();
  return { peers, records, entries };
}
