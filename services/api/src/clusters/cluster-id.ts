import { v5 } from 'uuid';

/** Namespace of cluster ids, drawn once at random and never changed. */
const CLUSTER_NAMESPACE = '5d1c7a0e-83f4-4a54-a9a5-1c0b64ff1d6c';
const CLUSTER_ID_PATTERN = /^cl-[0-9a-f]{16}$/;

/**
 * The id of the nth cluster of this name. Since it follows from the name, two requests for one name meet in one stream, and the
 * append that expects no stream lets one through: names are unique without another lock.
 */
export const clusterIdFor = (name: string, generation: number): string => `cl-${v5(`${name}#${generation}`, CLUSTER_NAMESPACE).replaceAll('-', '').slice(0, 16)}`;

export const looksLikeClusterId = (text: string): boolean => CLUSTER_ID_PATTERN.test(text);
