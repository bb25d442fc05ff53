/** The report of `anyfib rib catchment`, as its JSON has it. */

/** What a site has. */
export interface SiteRow {
  /** Null for routes that carry no site's mark. */
  readonly site: string | null;
  /** Vantage points times prefixes. */
  readonly choices: number;
  readonly share: number;
  readonly vantage_ases: number;
  /** ASes on the paths to it, vantage ASes included. */
  readonly path_ases: number;
  readonly mean_path_length: number;
}

/** What a vantage point chose for a prefix. */
export interface ChoiceRow {
  readonly prefix: string;
  readonly vantage_as: number;
  readonly peer: string;
  readonly site: string | null;
  readonly origin_as: number | null;
  readonly path_length: number;
  readonly as_path: string;
}

/** All of it. */
export interface CatchmentReport {
  readonly sites: readonly SiteRow[];
  readonly choices: readonly ChoiceRow[];
  /** Announcements that may be somebody else's. */
  readonly suspects: readonly {
    readonly kind: "more_specific" | "foreign_origin";
    readonly prefix: string;
    readonly watched: string;
    readonly origin_as: number | null;
    readonly peers: number;
    readonly as_path: string;
  }[];
  /** Beside `--against`; `withdrawn` where there was, or is, no route. */
  readonly moved?: readonly {
    readonly prefix: string;
    readonly vantage_as: number;
    readonly peer: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
  readonly estimates: readonly {
    readonly estimate: true;
    readonly change: "withdraw" | "prepend";
    readonly site: string;
    readonly times?: number;
    readonly choices_moved: number;
    /** No other site can be reached over links that were seen. */
    readonly choices_unknown: number;
    readonly sites: readonly SiteRow[];
    readonly moves: readonly {
      readonly prefix: string;
      readonly vantage_as: number;
      readonly peer: string;
      readonly to: string | null;
    }[];
  }[];
  readonly damaged_records: number;
  readonly seconds: number;
}
