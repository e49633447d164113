/**
 * Times as the shop's own clock shows them, whatever zone the screen stands in.
 * @module
 */

const { timezone: timeZone } = document.body.dataset;
const minutes = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone });
const seconds = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone });
const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone });

/**
 * "18:05"
 * @param {Date} at
 */
export const minute = (at) => minutes.format(at);

/**
 * The time of something of today, "18:04:52"; the day of something older, "21 Nov".
 * @param {Date} at
 */
export const when = (at) => (days.format(at) === days.format(new Date()) ? seconds : days).format(at);

/**
 * Calls back now and at the start of every minute. A screen that slept is told when it wakes.
 * @param {(now: Date) => void} callback
 * @returns {() => void} stop
 */
export function everyMinute(callback) {
  let timer = 0;
  const tick = () => {
    const now = new Date();
    timer = setTimeout(tick, 60_000 - (now.getTime() % 60_000));
    callback(now);
  };
  tick();
  return () => clearTimeout(timer);
}
