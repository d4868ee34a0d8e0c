// The conversation: rows in groups and days, the newest choices, and what is in sight.
// @ts-check
import { choices, emergencyRow, footer, row, settle, typedRow } from "./bubbles.js";
import { make } from "./dom.js";
import { mayBeEmergency } from "./emergency.js";

const NEAR_PX = 80;
const GROUP_MS = 5 * 60_000;
const CARDS = ["consent", "share", "noted", "question", "result"];
/** @type {Promise<typeof import("./cards.js")>|undefined} */
let cards;
const loadCards = (/** @type {ShadowRoot} */ root) =>
  (cards ??= import("./cards.js").then((module) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(module.css);
    root.adoptedStyleSheets.push(sheet);
    return module;
  }));

/** @typedef {import("./client.js").Message} Message */
/** @typedef {import("./client.js").Outgoing} Outgoing */
/** @typedef {import("./bubbles.js").Context} Context */

export class Thread {
  /** @param {Context} context @param {ShadowRoot} root */
  constructor(context, root) {
    const { words } = context;
    this.context = context;
    this.root = root;
    this.log = make("div", { class: "log", role: "log", tabindex: "0", "aria-labelledby": "title" });
    this.fresh = make("button", { type: "button", class: "fresh", hidden: true, onclick: () => this.toFresh() }, words.newMessages, " ↓");
    this.typing = make("div", { class: "typing", hidden: true, role: "status" }, make("span", { class: "visually-hidden" }, words.typing), make("i"), make("i"), make("i"));
    /** Is what comes now new, and no longer the history? */
    this.live = true;
    /** @type {Map<string, HTMLElement>} what was typed and is not yet in the conversation */
    this.typed = new Map();
    /** @type {Message[]} */
    this.messages = [];
    /** @type {HTMLElement|null} what can be pressed now: one row of buttons, or a card */
    this.offered = null;
    /** @type {HTMLElement|null} */
    this.footer = null;
    /** @type {HTMLElement|null} where the turn begins that one should see */
    this.turn = null;
    /** @type {HTMLElement|null} the first new row of which nothing was seen */
    this.unseen = null;
    this.group = { who: "", day: "", at: 0 };
    this.urgentNext = false;
    this.aim = 0;
    this.kept = 0;
    this.log.addEventListener("scroll", () => {
      this.kept = this.log.scrollTop;
      if (!this.isAtEnd) return;
      this.fresh.hidden = true;
      this.unseen = null;
      // who has read beyond the start of the turn is not led back to it
      if (this.kept > this.aim + NEAR_PX) this.turn = null;
    }, { passive: true });
    // another size of text, or of the window: what was in sight stays there
    new ResizeObserver(() => this.turn && this.log.clientHeight && this.isAtAim && this.reveal()).observe(this.log);
  }

  /** History is shown in silence; only what is new is announced. @param {boolean} live */
  setLive(live) {
    this.live = live;
    this.log.setAttribute("aria-live", live ? "polite" : "off");
  }

  /** History comes before what was typed and not sent yet. @param {HTMLElement} element */
  append(element) {
    const unsent = this.live ? undefined : this.typed.values().next().value;
    if (unsent) unsent.before(element);
    else this.log.append(element);
    return element;
  }

  /** Does a message go on where the one before it stopped? A line for each day between. @param {string} who @param {Date} at */
  goesOn(who, at) {
    const { locale, words } = this.context;
    const day = at.toDateString();
    const before = this.group;
    this.group = { who, day, at: at.getTime() };
    if (before.day !== day) {
      const today = day === new Date().toDateString();
      const name = today ? words.today : at.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });
      if (before.day || !today) this.append(make("p", { class: "day" }, name));
      return false;
    }
    return before.who === who && at.getTime() - before.at < GROUP_MS;
  }

  /** @param {Message} message */
  show(message) {
    const { context } = this;
    const mine = message.author === "visitor";
    const follows = !this.live || this.follows();
    this.messages.push(message);
    const urgent = message.payload?.type === "urgent";
    if (urgent) this.urgentNext = true;
    if (!mine && this.urgentNext) this.log.querySelector("[data-local]")?.remove();
    const typed = message.client_id && this.typed.get(message.client_id);
    if (mine || message.buttons.length || isCard(message)) this.close();
    let shown = null;
    if (typed) {
      settle(typed, message, context.locale);
      this.typed.delete(/** @type {string} */ (message.client_id));
      this.turn = typed;
    } else if (message.text || isCard(message) || message.payload?.kept) {
      const who = message.author + (message.name ?? "");
      const next = this.goesOn(who, new Date(message.at));
      shown = isCard(message) ? this.appendCard(message, next) : this.append(row(message, context, { next, urgent: this.urgentNext }));
      this.urgentNext = false;
      if (mine || !this.turn) this.turn = shown;
    }
    if (message.answer && shown) {
      this.footer?.querySelector(".helpful")?.remove();
      this.footer = footer(message, context);
      shown.querySelector(".bubble")?.append(this.footer);
    }
    if (!isCard(message)) {
      const offered = choices(message, context);
      if (offered) this.offered = this.append(offered);
    }
    if (mine) this.unseen = null;
    else if (this.live) this.unseen ??= shown;
    if (follows) this.reveal();
    else this.fresh.hidden = !this.unseen;
    return shown;
  }

  /** A card in its place at once, drawn when its code is here; the plain words where it cannot be fetched. @param {Message} message @param {boolean} next */
  appendCard(message, next) {
    const { context } = this;
    const place = this.append(make("div", { class: "row assistant" }));
    this.offered = place;
    const closed = () => place.classList.contains("closed");
    const put = (/** @type {HTMLElement} */ made) => {
      place.className = `${made.className}${closed() ? " closed" : ""}`;
      place.replaceChildren(...made.childNodes);
      if (closed()) this.shut(place);
      if (this.follows() || this.offered === place) this.reveal();
    };
    loadCards(this.root).then(
      ({ card }) => put(row(message, context, { next, card: card(message, context) })),
      () => {
        cards = undefined;
        put(row(message, context, { next }));
        const offered = choices(message, context);
        if (offered && !closed()) this.append((this.offered = offered));
      },
    );
    return place;
  }

  /** Only the newest choices can be pressed; what was asked stays to be read. */
  close() {
    const old = this.offered;
    this.offered = null;
    if (!old) return;
    if (old.classList.contains("choices")) return old.remove();
    old.classList.add("closed");
    this.shut(old);
  }

  /** @param {HTMLElement} card */
  shut(card) {
    card.querySelector(".bubble.card")?.classList.add("done");
    for (const one of card.querySelectorAll(/** @type {"button"} */ (".card-body:not(.result) :is(button,input)"))) one.disabled = true;
  }

  /** @param {Outgoing} outgoing */
  showTyped(outgoing) {
    const shown = typedRow(outgoing, this.context, this.goesOn("visitor", new Date()));
    this.close();
    this.log.append(shown);
    this.typed.set(outgoing.id, shown);
    this.turn = shown;
    if (!outgoing.button && mayBeEmergency(outgoing.text)) {
      this.log.querySelector("[data-local]")?.remove();
      this.append(emergencyRow(this.context));
    }
    if (outgoing.refused) this.mark(outgoing, this.context.words.refused);
    this.reveal();
  }

  /** Say how a message of the visitor is doing. @param {Outgoing} outgoing @param {string} words */
  mark(outgoing, words) {
    const bubble = this.log.querySelector(`[data-id="${outgoing.id}"]`);
    const delivery = bubble?.querySelector(".delivery");
    if (!bubble || !delivery) return;
    delivery.textContent = words;
    bubble.querySelector(".again")?.remove();
    if (words === this.context.words.refused)
      bubble.append(make("button", { type: "button", class: "again", onclick: () => (bubble.parentElement?.remove(), this.context.change(outgoing)) }, this.context.words.change));
  }

  /** Say in the place of what was deleted that it is. @param {number[]} seqs */
  forget(seqs) {
    for (const seq of seqs) {
      const text = this.log.querySelector(`.bubble.visitor[data-seq="${seq}"] .text`);
      if (text && !text.classList.contains("forgotten")) {
        text.classList.add("forgotten");
        text.textContent = this.context.words.forgotten;
      }
    }
  }

  /** @param {boolean} writes */
  showTyping(writes) {
    if (this.typing.hidden === !writes) return;
    this.typing.hidden = !writes;
    if (writes && this.follows()) this.reveal();
  }

  get isAtAim() {
    return Math.abs(this.kept - this.aim) < NEAR_PX;
  }

  get isAtEnd() {
    const { scrollHeight, clientHeight } = this.log;
    return scrollHeight - this.kept - clientHeight < NEAR_PX;
  }

  /** Who looks elsewhere in the conversation is left there. */
  follows() {
    // a scroll is told only with the next frame; what is not drawn has no place of its own
    if (this.log.clientHeight) this.kept = this.log.scrollTop;
    return this.isAtAim || this.isAtEnd;
  }

  toFresh() {
    this.skip(this.kept + NEAR_PX);
    this.turn = this.unseen;
    this.reveal();
  }

  /** @param {HTMLElement} row */
  top(row) {
    return row.offsetTop - this.log.offsetTop - 8;
  }

  /** New rows that begin above this were seen. @param {number} end */
  skip(end) {
    while (this.unseen && this.top(this.unseen) < end) this.unseen = /** @type {HTMLElement|null} */ (this.unseen.nextElementSibling);
  }

  /**
   * Show the turn from its start; a card that waits for an answer comes before that, its question first.
   * Rows out of sight have guessed heights until they are drawn, hence a few frames.
   */
  reveal(frames = 4) {
    cancelAnimationFrame(this.frame ?? 0);
    this.frame = requestAnimationFrame(() => {
      const { log, offered } = this;
      const end = log.scrollHeight - log.clientHeight;
      let aim = this.turn?.isConnected ? this.top(this.turn) : end;
      if (offered?.isConnected) aim = Math.max(aim, Math.min(this.top(offered) + offered.offsetHeight + 24 - log.clientHeight, this.top(offered)));
      this.aim = Math.max(0, Math.min(aim, end));
      log.scrollTop = this.kept = this.aim;
      if (frames) return this.reveal(frames - 1);
      this.skip(this.aim + log.clientHeight - NEAR_PX);
      this.fresh.hidden = !this.unseen;
    });
  }

  /** The page took the chat to another place: it looks as it did. */
  moved() {
    this.log.scrollTop = this.kept;
  }
}

/** @param {Message} message */
const isCard = (message) => CARDS.includes(message.payload?.type);
