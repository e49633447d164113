/**
 * The page's one websocket: topics to watch, feeds to follow, suggestions to ask for. docs/protocol.md is the authority.
 * @module
 */

import { Link } from "./live-link.js";
import { Tabs } from "./live-tabs.js";
import { batches, tell } from "./live-topics.js";

const SUBPROTOCOL = "shopwire.v1";
const CLIENT = "live.js/1";
const SILENCE_MS = 35_000;
const CONNECT_MS = 10_000;
const WATCHDOG_MS = 5_000;
const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 20_000;
const STABLE_MS = 10_000;
const WRONG_SUBPROTOCOL = 4406;
/** After these the fault is ours or the server is busy: start further out. */
const WAIT_LONGER = new Set([1013, 4400, 4403, 4429, 4508]);

/** @typedef {import("./live-topics.js").Watcher} Watcher */
/** @typedef {import("./live-topics.js").Follower} Follower */
/** @typedef {{id: number, q: string, resolve: (answer: any) => void, reject: (reason: unknown) => void}} Question */

/**
 * Fires "link" with {state, at} (when the server last spoke), "welcome" with {another} at each greeting (whether the server
 * takes the page for somebody else than before), "refused" with {topic, code}.
 */
class Live extends EventTarget {
  /** @type {WebSocket | null} */
  #socket = null;
  #ready = false;
  #nextId = 1;
  /** @type {string | null} */
  #epoch = null;
  /** @type {string | null} */
  #viewer = null;
  /** @type {Map<string, import("./live-topics.js").State>} */
  #states = new Map();
  /** @type {Map<string, import("./live-topics.js").Feed>} */
  #feeds = new Map();
  /** @type {Set<string>} Topics this connection has asked for. */
  #asked = new Set();
  /** @type {Map<number, string[]>} Topics of subs that are not answered yet. */
  #unanswered = new Map();
  #syncing = false;
  /** @type {Question | null} */
  #question = null;
  #attempts = 0;
  #readyAt = 0;
  #heardAt = 0;
  #heardDate = new Date();
  #byeUntil = 0;
  #paused = false;
  #refusedForGood = false;
  #link = new Link((state) => this.dispatchEvent(new CustomEvent("link", { detail: { state, at: this.#heardDate } })));
  #tabs = new Tabs((viewer) => this.#readyAt && viewer !== this.#viewer && this.reconnect());
  #retry = 0; // Timers; 0 where none runs.
  #leave = 0;
  #watchdog = 0;

  constructor() {
    super();
    addEventListener("pagehide", () => this.#pause());
    addEventListener("pageshow", () => this.#resume());
    addEventListener("online", () => this.#paused || this.reconnect());
    addEventListener("offline", () => this.#link.offline());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#resume();
    });
  }

  /**
   * Call back with every new value of a state; null when the thing is gone. Give the version that the page shows.
   * @param {string} topic
   * @param {Watcher} callback
   * @param {{version?: number}} [shown]
   * @returns {() => void} stop watching
   */
  watch(topic, callback, { version } = {}) {
    let state = this.#states.get(topic);
    if (!state) {
      state = { version: version ?? -1, value: undefined, known: false, watchers: new Set() };
      this.#states.set(topic, state);
    }
    const watched = state;
    /** @type {Watcher} A function of its own, so that the same callback may watch twice. */
    const watcher = (value, about) => callback(value, about);
    watched.watchers.add(watcher);
    if (watched.known && watched.version > (version ?? -1)) {
      queueMicrotask(() => watched.watchers.has(watcher) && tell(watcher, watched.value, { topic, version: watched.version }));
    } else if (watched.version > (version ?? -1)) {
      // The first watcher's page knew the value and we never heard it: ask anew.
      watched.version = version ?? -1;
      this.#asked.delete(topic);
    }
    this.#sync();
    return () => {
      watched.watchers.delete(watcher);
      if (!watched.watchers.size && this.#states.get(topic) === watched) this.#states.delete(topic);
      this.#sync();
    };
  }

  /**
   * Follow a feed: a snapshot first (onReset), then each event once, in order.
   * @param {string} topic
   * @param {Follower} follower
   * @param {{seq?: number}} [shown] position of what the page shows
   * @returns {() => void} stop following
   */
  follow(topic, follower, { seq } = {}) {
    let feed = this.#feeds.get(topic);
    if (!feed) {
      feed = { seq: seq ?? null, followers: new Set() };
      this.#feeds.set(topic, feed);
    } else {
      // Both start again from one snapshot.
      feed.seq = null;
      this.#asked.delete(topic);
    }
    const { followers } = feed;
    followers.add(follower);
    this.#sync();
    return () => {
      followers.delete(follower);
      if (!followers.size && this.#feeds.get(topic)?.followers === followers) this.#feeds.delete(topic);
      this.#sync();
    };
  }

  /**
   * What to suggest for the words in a search box. The latest question wins: earlier ones reject with an AbortError.
   * @param {string} q
   * @returns {Promise<any>}
   */
  suggest(q) {
    this.#dropQuestion(new DOMException("A newer question was asked", "AbortError"));
    return new Promise((resolve, reject) => {
      this.#question = { id: this.#nextId++, q, resolve, reject };
      if (this.#ready) this.#ask();
      else this.#sync();
    });
  }

  /** Take up a changed session: call it after a response that logged in or out, or started a cart. */
  reconnect() {
    if (!this.#socket && !this.#wanted()) return;
    this.#attempts = 0;
    this.#drop();
    this.#connect();
  }

  #wanted() {
    return this.#states.size > 0 || this.#feeds.size > 0 || this.#question !== null;
  }

  /** Everything that happens in one turn of the page leaves as one sub and one unsub. */
  #sync() {
    if (this.#syncing) return;
    this.#syncing = true;
    queueMicrotask(() => {
      this.#syncing = false;
      if (this.#ready) this.#subscribe();
      else if (this.#wanted() && !this.#socket && !this.#retry) this.#connect();
    });
  }

  #subscribe() {
    const missing = [...this.#states.keys(), ...this.#feeds.keys()].filter((topic) => !this.#asked.has(topic));
    for (const some of batches(missing)) {
      const id = this.#nextId++;
      this.#unanswered.set(id, some);
      this.#send({ id, op: "sub", topics: Object.fromEntries(some.map((topic) => [topic, this.#position(topic)])) });
    }
    const left = [...this.#asked].filter((topic) => !this.#states.has(topic) && !this.#feeds.has(topic));
    for (const topics of batches(left)) this.#send({ id: this.#nextId++, op: "unsub", topics });
    this.#asked = new Set([...this.#states.keys(), ...this.#feeds.keys()]);
  }

  /** @param {string} topic */
  #position(topic) {
    const version = this.#states.get(topic)?.version ?? -1;
    return this.#feeds.get(topic)?.seq ?? (version < 0 ? null : version);
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    if (this.#socket || this.#paused || this.#refusedForGood || !this.#wanted()) return;
    const url = new URL("/live", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, SUBPROTOCOL);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.onopen = () => this.#open();
    socket.onmessage = (message) => this.#hear(JSON.parse(message.data));
    socket.onclose = (event) => this.#closed(event.code);
    this.#watchdog = setInterval(() => this.#watch(), WATCHDOG_MS);
    this.#link.expect();
  }

  #open() {
    const before = this.#epoch === null ? {} : { epoch: this.#epoch, viewer: this.#viewer };
    this.#send({ id: this.#nextId++, op: "hello", client: CLIENT, ...before });
    this.#asked.clear();
    this.#ready = true;
    this.#subscribe();
    this.#ask();
  }

  #ask() {
    if (this.#question) this.#send({ id: this.#question.id, op: "suggest", q: this.#question.q });
  }

  /** @param {object} message */
  #send(message) {
    this.#socket?.send(JSON.stringify(message));
  }

  /** @param {any} message */
  #hear(message) {
    this.#heardAt = performance.now();
    this.#heardDate = new Date();
    if (this.#readyAt) this.#link.live();
    if (message.op === "state") this.#hearState(message.t, message.v, message.d);
    else if (message.op === "gone") this.#hearState(message.t, message.v, null);
    else if (message.op === "feed") this.#hearEvent(message);
    else if (message.op === "reset") this.#hearReset(message);
    else if (message.op === "ping") this.#send({ op: "pong" });
    else if (message.op === "bye") this.#hearBye(message.after_ms);
    else if (message.ok) this.#hearAnswer(message.id, message.ok);
    else if (message.err) this.#hearRefusal(message.id, message.err);
  }

  /** @param {number} id @param {any} ok */
  #hearAnswer(id, ok) {
    if (ok.epoch !== undefined) {
      this.#welcome(ok.epoch, ok.viewer);
    } else if (this.#question?.id === id) {
      const { resolve } = this.#question;
      this.#question = null;
      resolve(ok);
    } else if (this.#unanswered.delete(id)) {
      for (const [topic, code] of Object.entries(ok.refused)) {
        this.dispatchEvent(new CustomEvent("refused", { detail: { topic, code } }));
      }
    }
  }

  /** @param {string} epoch @param {string | null} viewer */
  #welcome(epoch, viewer) {
    const another = this.#epoch !== null && viewer !== this.#viewer;
    if (another || (this.#epoch !== null && epoch !== this.#epoch)) {
      for (const state of this.#states.values()) Object.assign(state, { version: -1, known: false });
      for (const feed of this.#feeds.values()) feed.seq = null;
    }
    this.#epoch = epoch;
    this.#viewer = viewer;
    this.#readyAt = performance.now();
    this.#link.live();
    this.#tabs.tell(viewer);
    this.dispatchEvent(new CustomEvent("welcome", { detail: { another } }));
  }

  /** @param {number | null} id @param {any} problem */
  #hearRefusal(id, problem) {
    if (id === null) return;
    if (this.#question?.id === id) this.#dropQuestion(problem);
    const topics = this.#unanswered.get(id);
    this.#unanswered.delete(id);
    if (!topics || problem.retry_ms === undefined) return;
    for (const topic of topics) this.#asked.delete(topic);
    setTimeout(() => this.#sync(), problem.retry_ms);
  }

  /** @param {string} topic @param {number | undefined} version @param {any} value */
  #hearState(topic, version, value) {
    const state = this.#states.get(topic);
    if (!state || (version !== undefined && version <= state.version)) return;
    Object.assign(state, { value, known: true, version: version ?? state.version });
    for (const watcher of [...state.watchers]) tell(watcher, value, { topic, version: state.version });
  }

  /** @param {{t: string, seq: number, prev: number, d: any}} event */
  #hearEvent({ t, seq, prev, d }) {
    const feed = this.#feeds.get(t);
    if (!feed || feed.seq === null || seq <= feed.seq) return;
    if (prev > feed.seq) {
      this.#asked.delete(t);
      this.#sync();
      return;
    }
    feed.seq = seq;
    for (const follower of [...feed.followers]) tell(follower.onEvent, d, seq);
  }

  /** @param {{t: string, seq: number, d: any}} snapshot */
  #hearReset({ t, seq, d }) {
    const feed = this.#feeds.get(t);
    if (!feed) return;
    feed.seq = seq;
    for (const follower of [...feed.followers]) tell(follower.onReset, d, seq);
  }

  /** @param {number} afterMs */
  #hearBye(afterMs) {
    this.#byeUntil = performance.now() + afterMs;
    clearTimeout(this.#leave);
    this.#leave = setTimeout(() => {
      this.#drop();
      this.#connect();
    }, afterMs);
  }

  /** @param {number} code */
  #closed(code) {
    const now = performance.now();
    const stable = this.#readyAt > 0 && now - this.#readyAt > STABLE_MS;
    const wait = this.#byeUntil - now;
    this.#attempts = stable ? 0 : this.#attempts + 1;
    if (WAIT_LONGER.has(code)) this.#attempts = Math.max(this.#attempts, 3);
    this.#refusedForGood = code === WRONG_SUBPROTOCOL;
    this.#drop();
    if (this.#refusedForGood) this.#link.offline();
    if (!this.#wanted()) return;
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.max(0, this.#attempts - 1));
    this.#retry = setTimeout(() => this.#connect(), Math.max(wait, Math.random() * most));
  }

  /** Let go of the socket now, whatever its peer does. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#readyAt = 0;
    this.#byeUntil = 0;
    this.#unanswered.clear();
    this.#asked.clear();
    clearInterval(this.#watchdog);
    clearTimeout(this.#leave);
    clearTimeout(this.#retry);
    this.#retry = 0;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(1000);
      this.#dropQuestion(new DOMException("The connection is gone", "NetworkError"));
    }
    if (!this.#paused && this.#wanted()) this.#link.expect();
  }

  /** @param {unknown} reason */
  #dropQuestion(reason) {
    const question = this.#question;
    this.#question = null;
    question?.reject(reason);
  }

  #watch() {
    const silent = performance.now() - this.#heardAt;
    if (silent > (this.#readyAt ? SILENCE_MS : CONNECT_MS)) this.#closed(1006);
  }

  #pause() {
    this.#paused = true;
    this.#link.rest();
    this.#drop();
  }

  /** The page is looked at again, or the network is back: don't wait for the backoff. */
  #resume() {
    this.#paused = false;
    if (this.#socket && performance.now() - this.#heardAt > SILENCE_MS) this.#drop();
    this.#attempts = 0;
    this.#connect();
  }
}

export const live = new Live();
