// The chat panel: notice and consent, the conversation, the menu.
// @ts-check
import { callForm, eraseQuestion } from "./asks.js";
import { bubble, choices, settle, speaker, typedBubble } from "./bubbles.js";
import { Client, Problem } from "./client.js";
import { links } from "./colours.js";
import { Composer } from "./composer.js";
import { icon, make } from "./dom.js";
import { css } from "./styles.js";

const LANGUAGES = ["en", "es"];
const NEAR_PX = 240;
const FULL_SCREEN = matchMedia("(max-width:480px),(max-height:480px)");

/** @typedef {typeof import("./lang/en.js").words} Words */
/** @typedef {import("./client.js").Message} Message */
/** @typedef {import("./client.js").Outgoing} Outgoing */
/** @typedef {[number, number, number]} Rgb */
/** @typedef {{base: string, language: string, rtl: boolean, greeting: string, brand: Rgb, contrast: (a: Rgb, b: Rgb) => number}} Options */
/** @typedef {{closed: () => void, unread: (count: number) => void}} Host */

export class Panel {
  /** @param {Options} options @param {ShadowRoot} root @param {Host} host */
  static async create(options, root, host) {
    const asked = options.language.slice(0, 2).toLowerCase();
    const language = LANGUAGES.includes(asked) ? asked : "en";
    const client = new Client(options.base);
    const [{ words }, clinic] = await Promise.all([import(`./lang/${language}.js`), client.clinic()]);
    return new Panel({ ...options, language }, root, host, words, client, clinic);
  }

  /** @param {Options} options @param {ShadowRoot} root @param {Host} host @param {Words} words @param {Client} client @param {import("./client.js").Clinic} clinic */
  constructor(options, root, host, words, client, clinic) {
    this.options = options;
    this.root = root;
    this.host = host;
    this.words = words;
    this.client = client;
    this.clinic = clinic;
    this.unread = 0;
    this.question = "";
    this.urgentNext = false;
    /** Is what comes now new, and no longer the history? */
    this.live = true;
    /** @type {Map<string, HTMLElement>} what was typed and is not yet in the conversation */
    this.typed = new Map();
    /** @type {Message[]} */
    this.messages = [];
    /** @type {HTMLElement|null} */
    this.choices = null;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(links(options.brand, options.contrast) + css);
    root.adoptedStyleSheets.push(sheet);

    this.title = make("h2", { id: "title" }, this.fill(words.title));
    this.subtitle = make("p", { class: "subtitle" }, words.subtitle);
    this.menu = this.buildMenu();
    this.log = make("div", { class: "log", role: "log", tabindex: "0", "aria-labelledby": "title" });
    this.fresh = make("button", { type: "button", class: "fresh", hidden: true, onclick: () => this.toEnd() }, words.newMessages, " ↓");
    this.typing = make("div", { class: "typing", hidden: true, role: "status" }, make("span", { class: "visually-hidden" }, words.typing), make("i"), make("i"), make("i"));
    this.status = make("p", { class: "status", role: "status", hidden: true });
    this.begin = make("button", { type: "button", class: "primary", onclick: () => this.agree() }, words.start);
    this.composer = new Composer(words, (text) => this.say(text), this.fill(words.noPictures));
    this.body = make("div", { class: "body" });
    this.element = this.build();
    this.root.append(this.element);
    this.hear();
    if (client.token) this.enter();
    else this.showNotice();
  }

  /** @param {string} text @param {Record<string, any>} [values] */
  fill(text, values = {}) {
    const { name, phone, emergency_number: number, retention_days: days } = this.clinic;
    /** @type {Record<string, any>} */
    const known = { name, phone, number, days, ...values };
    return text.replace(/\{(\w+)\}/g, (_, key) => String(known[key] ?? ""));
  }

  build() {
    const { language, rtl } = this.options;
    const close = make("button", { type: "button", class: "icon", "aria-label": this.words.close, onclick: () => this.close() }, icon("M6 6l12 12M18 6 6 18"));
    const element = make(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", lang: language, dir: rtl ? "rtl" : "ltr", hidden: true },
      make("div", { class: "top" }, make("div", { class: "heading" }, this.title, this.subtitle), this.menu, close),
      this.body,
    );
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.escape();
      if (event.key === "Tab" && FULL_SCREEN.matches) this.stayInside(event);
    });
    this.log.addEventListener("scroll", () => (this.fresh.hidden ||= this.isNearEnd()), { passive: true });
    // the on-screen keyboard of a phone makes the visible part smaller than the screen
    visualViewport?.addEventListener("resize", () => {
      element.style.setProperty("--visible", `${visualViewport?.height}px`);
      if (!element.hidden) this.toEnd();
    });
    return element;
  }

  buildMenu() {
    const w = this.words;
    /** @param {string} label @param {() => void} act */
    const item = (label, act) =>
      make("button", { type: "button", onclick: () => (this.menu.removeAttribute("open"), act()) }, label);
    const items = make(
      "div",
      { class: "items" },
      item(w.callMe, () => this.askCall()),
      item(w.transcript, () => this.saveCopy()),
      item(w.startOver, () => this.startOver()),
      item(w.erase, () => this.askErase()),
    );
    const summary = make("summary", { class: "icon", "aria-label": w.menu }, icon("M5 12h.01M12 12h.01M19 12h.01"));
    const menu = make("details", { class: "menu" }, summary, items);
    menu.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget && !menu.contains(/** @type {Node} */ (relatedTarget))) menu.open = false;
    });
    return menu;
  }

  /** Escape closes what is in front. */
  escape() {
    if (this.menu.open) {
      this.menu.open = false;
      this.menu.querySelector("summary")?.focus();
    } else if (this.body.querySelector(".ask")) this.endAsk();
    else this.close();
  }

  /** On a small screen the chat covers the page; the focus must not go where nobody sees it. @param {KeyboardEvent} event */
  stayInside(event) {
    const all = [.../** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll("button,summary,a,input,textarea,[tabindex='0']"))];
    const shown = all.filter((one) => one.checkVisibility());
    const edge = event.shiftKey ? shown[0] : shown[shown.length - 1];
    if (this.root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? shown[shown.length - 1] : shown[0]).focus();
  }

  showNotice() {
    const w = this.words;
    this.menu.hidden = true;
    this.body.replaceChildren(
      make(
        "div",
        { class: "notice" },
        this.options.greeting && make("p", { class: "greeting" }, this.options.greeting),
        make("h3", {}, w.noticeTitle),
        make("p", {}, w.notice),
        make("p", {}, this.fill(w.noticeData)),
        make("p", {}, make("a", { href: this.clinic.privacy_url, target: "_blank", rel: "noopener noreferrer" }, w.privacy)),
        make("p", { class: "emergency" }, this.fill(w.emergency)),
        this.status,
        this.begin,
      ),
    );
  }

  async agree() {
    if (this.begin.disabled) return;
    this.begin.disabled = true;
    try {
      if (this.client.token) this.enter();
      else {
        this.showConversation();
        await this.client.begin(this.options.language);
      }
      this.showStatus("");
      this.composer.input.focus();
      if (this.question) this.say(this.question);
      this.question = "";
    } catch {
      this.showNotice();
      this.showStatus(this.fill(this.words.failed));
    }
    this.begin.disabled = false;
  }

  /** Go on with a conversation that this browser knows. */
  enter() {
    this.showConversation();
    this.setLive(false);
    this.client.seq = 0;
    this.client.listen();
    for (const outgoing of this.client.queue) this.showTyped(outgoing);
    this.client.flush();
  }

  showConversation() {
    this.log.replaceChildren();
    this.messages = [];
    this.typed.clear();
    this.unread = 0;
    this.menu.hidden = false;
    this.setLive(true);
    this.composer.expect(null);
    this.body.replaceChildren(this.log, this.fresh, this.typing, this.status, this.composer.element);
  }

  /** History is shown in silence; only what is new is announced. @param {boolean} live */
  setLive(live) {
    this.live = live;
    this.log.setAttribute("aria-live", live ? "polite" : "off");
  }

  hear() {
    const w = this.words;
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      this.client.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("message", (message) => this.show(message));
    on("state", (state) => this.showState(state));
    on("sent", (outgoing) => this.mark(outgoing.id, w.sent));
    on("unsent", ({ outgoing, problem }) => this.mark(outgoing.id, problem instanceof Problem && problem.status === 429 ? problem.message : w.unsent));
    on("refused", ({ outgoing, problem }) => {
      this.mark(outgoing.id, w.refused);
      this.composer.complain(problem.message);
    });
    on("offline", () => this.showStatus(w.offline));
    on("online", () => this.showStatus(""));
    on("gone", () => this.leave(w.ended));
  }

  /** @returns {import("./bubbles.js").Context} */
  get context() {
    return {
      words: this.words,
      fill: (text, values) => this.fill(text, values),
      numbers: [this.clinic.emergency_number],
      press: (message, button) => this.press(message, button),
      vote: (message, helpful) => this.client.vote(message.seq, helpful),
    };
  }

  /** @param {Message} message */
  show(message) {
    const mine = message.author === "visitor";
    const follow = !this.live || mine || this.isNearEnd();
    this.messages.push(message);
    if (message.payload?.type === "urgent") this.urgentNext = true;
    const typed = message.client_id && this.typed.get(message.client_id);
    if (typed) {
      settle(typed, message);
      this.typed.delete(/** @type {string} */ (message.client_id));
    } else if (message.text) {
      this.log.append(bubble(message, this.context, this.urgentNext));
      this.urgentNext = false;
      if (!mine) this.count(message);
    }
    if (message.author === "assistant") this.composer.expect(message.payload);
    this.showChoices(message);
    if (follow) this.toEnd();
    else this.fresh.hidden = false;
  }

  /** Only the newest choices can be pressed. @param {Message} message */
  showChoices(message) {
    if (message.author === "visitor") this.choices?.remove();
    const offered = choices(message, this.context);
    if (!offered) return;
    this.choices?.remove();
    this.choices = offered;
    this.log.append(offered);
  }

  /** @param {import("./client.js").State} state */
  showState(state) {
    const w = this.words;
    if (!this.live) requestAnimationFrame(() => this.setLive(true));
    if (!this.element.hidden) this.client.markRead();
    this.typing.hidden = !state.typing;
    const person = state.staff && this.fill(w.withPerson, { name: `${state.staff.name}, ${state.staff.role}` });
    this.subtitle.textContent = person || (state.owner === "waiting" ? w.waitingPerson : w.subtitle);
    if (state.typing && this.isNearEnd()) this.toEnd();
  }

  isNearEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_PX;
  }

  /** Show the end. Bubbles out of sight have guessed heights until they are drawn, hence a few frames. */
  toEnd(frames = 4, reached = 0) {
    this.fresh.hidden = true;
    requestAnimationFrame(() => {
      const { log } = this;
      if (log.scrollTop < reached) return; // the visitor scrolls back
      log.scrollTop = log.scrollHeight;
      if (frames) this.toEnd(frames - 1, log.scrollTop - 1);
    });
  }

  /** @param {string} text */
  say(text) {
    this.showTyped(this.client.say(text));
  }

  /** @param {Message} message @param {{id: string, title: string}} button */
  press(message, button) {
    this.showTyped(this.client.say(button.title, { seq: message.seq, id: button.id }));
    this.composer.input.focus();
  }

  /** @param {Outgoing} outgoing */
  showTyped(outgoing) {
    const shown = typedBubble(outgoing, this.context);
    this.typed.set(outgoing.id, shown);
    this.choices?.remove();
    this.log.append(shown);
    this.toEnd();
  }

  /** @param {string} id @param {string} words */
  mark(id, words) {
    const delivery = this.log.querySelector(`[data-id="${id}"] .delivery`);
    if (delivery) delivery.textContent = words;
  }

  /** @param {string} words */
  showStatus(words) {
    this.status.textContent = words;
    this.status.hidden = !words;
  }

  /** Seen now, or counted on the launcher. @param {Message} message */
  count(message) {
    if (!this.element.hidden) {
      if (this.live) this.client.markRead();
    } else if (message.seq > this.client.read) this.host.unread((this.unread += 1));
  }

  /** @param {string} [question] @param {boolean} [focus] */
  open(question = "", focus = true) {
    this.element.hidden = false;
    this.host.unread((this.unread = 0));
    if (this.client.token && !this.log.isConnected) this.enter();
    this.client.markRead();
    this.toEnd();
    if (question && this.client.token) this.say(question);
    else this.question = question;
    if (focus) (this.client.token ? this.composer.input : this.begin).focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.host.closed();
  }

  saveCopy() {
    const line = (/** @type {Message} */ m) => `[${m.at}] ${speaker(m, this.context)}: ${m.text}`;
    const text = this.messages.filter((m) => m.text).map(line).join("\n\n");
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    make("a", { href: url, download: "conversation.txt" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  startOver() {
    this.client.forget();
    this.showStatus("");
    this.showNotice();
    this.begin.focus();
  }

  askCall() {
    const { words } = this;
    this.ask(callForm(words, this.fill(words.failed), (wish) => this.client.callBack(wish), () => this.endAsk()));
  }

  askErase() {
    this.ask(eraseQuestion(this.words, () => this.erase(), () => this.endAsk()));
  }

  /** @param {HTMLElement} form */
  ask(form) {
    this.body.querySelector(".ask")?.remove();
    this.body.append(form);
    form.querySelector(/** @type {"input"} */ ("input,button"))?.focus();
  }

  endAsk() {
    this.body.querySelector(".ask")?.remove();
    this.composer.input.focus();
  }

  async erase() {
    try {
      await this.client.erase();
      this.leave(this.words.erased);
    } catch {
      this.endAsk();
      this.showStatus(this.fill(this.words.failed));
    }
  }

  /** The conversation is no more. @param {string} words */
  leave(words) {
    const focused = this.root.activeElement && this.element.contains(this.root.activeElement);
    this.client.forget();
    this.showNotice();
    this.showStatus(words);
    if (focused) this.begin.focus();
  }
}
