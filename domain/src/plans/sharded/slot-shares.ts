/** Slots of a sharded cluster of the Redis family, fixed by its protocol: https://valkey.io/topics/cluster-spec/ */
const SLOT_COUNT = 16_384;

/** `4096 of 16384 slots`: what a new shard takes. @param shards how many there are without it */
export const shareOfNewShard = (shards: number): string => `${Math.floor(SLOT_COUNT / (shards + 1))} of ${SLOT_COUNT} slots`;

/** `about 4096 of 16384 slots`: what one shard holds where all hold the same, or what its primary was last known to serve. @param shards how many there are with it */
export const shareOfShard = (shards: number, slots: number | undefined): string => (slots === undefined ? `about ${Math.floor(SLOT_COUNT / shards)} of ${SLOT_COUNT} slots` : `${slots} of ${SLOT_COUNT} slots`);
