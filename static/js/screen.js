/**
 * What makes the screen on the wall live. Each element is markup that is complete without it.
 * @module
 */

import "./dashboard-link.js";
import "./figures-now.js";
import "./low-now.js";
import "./orders-feed.js";
import "./screen-keeper.js";
import { everyMinute, minute } from "./dashboard-clock.js";

const clock = document.querySelector("[data-part=clock]");
if (clock) {
  everyMinute((now) => {
    clock.textContent = minute(now);
  });
}
