/** The names of hash functions, apart from their options: the command line shows them at once. */

/** Functions, by the names that configurations use. */
export const HASH_ALGORITHMS = ["siphash-1-3", "multilinear", "toeplitz"] as const;
