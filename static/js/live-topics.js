/**
 * What a page wants to know of a topic, and how those who listen are told.
 * @module
 */

const TOPICS_PER_SUB = 64;

/**
 * @typedef {(value: any, about: {topic: string, version: number}) => void} Watcher called with null when the thing is gone
 * @typedef {{onEvent: (event: any, seq: number) => void, onReset: (snapshot: any, seq: number) => void}} Follower
 * @typedef {{version: number, value: any, known: boolean, watchers: Set<Watcher>}} State
 * @typedef {{seq: number | null, followers: Set<Follower>}} Feed
 */

/**
 * The topics in portions that one message may carry.
 * @param {string[]} topics
 */
export function* batches(topics) {
  for (let start = 0; start < topics.length; start += TOPICS_PER_SUB) yield topics.slice(start, start + TOPICS_PER_SUB);
}

/**
 * A listener that throws must not keep the others from hearing.
 * @template T
 * @param {(value: any, about: T) => void} listener
 * @param {any} value
 * @param {T} about
 */
export function tell(listener, value, about) {
  try {
    listener(value, about);
  } catch (error) {
    reportError(error);
  }
}
