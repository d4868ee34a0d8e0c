// The chat panel: notice and consent, the conversation, the composer, the menu.
// @ts-check
import { bubble, choices } from "./bubbles.js";
import { Client } from "./client.js";
import { make } from "./dom.js";
import { css } from "./styles.js";

const LANGUAGES = ["en", "es"];
const LONGEST = 2000;
const RTL = ["ar", "he", "fa", "ur"];

export class Panel {
  /**
   * @param {{base: string, language: string}} options
   * @param {ShadowRoot} root
   * @param {{closed: () => void, unread: (count: number) => void}} host
   */
  static async create(options, root, host) {
    const language = options.language.slice(0, 2);
    const spoken = LANGUAGES.includes(language) ? language : "en";
    const { words } = await import(`./lang/${spoken}.js`);
    const client = new Client(options.base);
    const clinic = await client.clinic();
    return new Panel({ ...options, language: spoken, rtl: RTL.includes(language) }, root, host, words, client, clinic);
  }

  /** @param {any} options @param {ShadowRoot} root @param {any} host @param {Record<string, string>} words @param {Client} client @param {any} clinic */
  constructor(options, root, host, words, client, clinic) {
    Object.assign(this, { options, root, host, words, client, clinic });
    this.unread = 0;
    /** @type {Map<string, HTMLElement>} what was typed and is not yet in the conversation */
    this.typed = new Map();
    /** @type {any[]} */
    this.messages = [];
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    this.build();
    this.hear();
    if (client.token) this.enter();
    else this.showNotice();
  }

  /** @param {string} text @param {Record<string, any>} [values] */
  fill(text, values = {}) {
    const known = { ...values, name: values.name ?? this.clinic.name, phone: this.clinic.phone, number: this.clinic.emergency_number, days: this.clinic.retention_days };
    return text.replace(/\{(\w+)\}/g, (_, key) => String(known[key] ?? ""));
  }

  build() {
    const w = this.words;
    this.title = make("h2", { id: "title" }, this.fill(w.title));
    this.subtitle = make("p", { class: "subtitle" }, w.subtitle);
    this.menu = this.buildMenu();
    const header = make(
      "div",
      { class: "top" },
      make("div", { class: "heading" }, this.title, this.subtitle),
      this.menu,
      make("button", { type: "button", class: "icon", "aria-label": w.close, onclick: () => this.close() }, "✕"),
    );
    this.log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", tabindex: "0", "aria-labelledby": "title" });
    this.typing = make("div", { class: "typing", hidden: true, role: "status" }, make("span", { class: "visually-hidden" }, w.typing), make("i"), make("i"), make("i"));
    this.status = make("p", { class: "status", role: "status", hidden: true });
    this.composer = this.buildComposer();
    this.body = make("div", { class: "body" });
    this.element = make(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", lang: this.options.language, dir: this.options.rtl ? "rtl" : "ltr", hidden: true },
      header,
      this.body,
    );
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    this.root.append(this.element);
  }

  buildMenu() {
    const w = this.words;
    /** @param {string} label @param {() => void} act */
    const item = (label, act) =>
      make("button", { type: "button", onclick: () => (this.menu.removeAttribute("open"), act()) }, label);
    return make(
      "details",
      { class: "menu" },
      make("summary", { class: "icon", "aria-label": w.menu }, "⋯"),
      make(
        "div",
        { class: "items" },
        item(w.callMe, () => this.askCall()),
        item(w.transcript, () => this.saveCopy()),
        item(w.startOver, () => this.startOver()),
        item(w.erase, () => this.askErase()),
      ),
    );
  }

  buildComposer() {
    const w = this.words;
    this.input = /** @type {HTMLTextAreaElement} */ (
      make("textarea", { id: "say", rows: "1", maxlength: String(LONGEST * 3), placeholder: w.input, autocomplete: "off", "aria-describedby": "problem" })
    );
    this.problem = make("p", { class: "problem", id: "problem", role: "alert", hidden: true });
    const form = make(
      "form",
      { class: "composer", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), this.submit()) },
      this.problem,
      make("label", { for: "say", class: "visually-hidden" }, w.input),
      this.input,
      make("button", { class: "send", "aria-label": w.send }, "➤"),
    );
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
    });
    this.input.addEventListener("input", () => this.grow());
    for (const name of ["drop", "paste"])
      form.addEventListener(name, (/** @type {any} */ event) => {
        const files = (event.dataTransfer ?? event.clipboardData)?.files;
        if (!files?.length) return;
        event.preventDefault();
        this.complain(this.fill(w.noPictures));
      });
    return form;
  }

  grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 140)}px`;
    this.complain(this.input.value.length > LONGEST ? this.words.tooLong : "");
  }

  showNotice() {
    const w = this.words;
    this.begin = make("button", { type: "button", class: "primary", onclick: () => this.agree() }, w.start);
    this.body.replaceChildren(
      make(
        "div",
        { class: "notice" },
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
    try {
      await this.client.begin(this.options.language);
      this.showStatus("");
      this.showConversation();
      this.input.focus();
      if (this.question) this.say(this.question);
      this.question = undefined;
    } catch {
      this.showStatus(this.fill(this.words.failed));
    }
  }

  enter() {
    this.showConversation();
    this.client.listen();
    for (const outgoing of this.client.queue) this.showTyped(outgoing);
    this.client.flush();
  }

  showConversation() {
    this.log.replaceChildren();
    this.messages = [];
    this.typed.clear();
    this.body.replaceChildren(this.log, this.typing, this.status, this.composer);
  }

  hear() {
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ act) =>
      this.client.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
    on("message", (message) => this.show(message));
    on("state", (state) => this.showState(state));
    on("sent", (outgoing) => this.mark(outgoing.id, this.words.sent));
    on("unsent", ({ outgoing, problem }) => this.mark(outgoing.id, problem.status === 429 ? problem.message : this.words.unsent));
    on("refused", ({ outgoing, problem }) => {
      this.mark(outgoing.id, this.words.refused);
      this.complain(problem.message);
    });
    on("offline", () => this.showStatus(this.words.offline));
    on("online", () => this.showStatus(""));
    on("gone", () => this.leave(this.words.ended));
  }

  get context() {
    return {
      words: this.words,
      fill: (/** @type {string} */ text, /** @type {any} */ values) => this.fill(text, values),
      numbers: [this.clinic.emergency_number],
      language: this.options.language,
      press: (/** @type {any} */ message, /** @type {any} */ button) => this.press(message, button),
      vote: (/** @type {any} */ message, /** @type {boolean} */ helpful) => this.client.vote(message.seq, helpful),
    };
  }

  /** @param {any} message */
  show(message) {
    const near = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 240;
    this.messages.push(message);
    if (message.payload?.type === "urgent") this.urgentNext = true;
    const shown = bubble(message, this.context);
    const typed = message.client_id && this.typed.get(message.client_id);
    if (typed) {
      typed.dataset.seq = message.seq;
      this.typed.delete(message.client_id);
    } else if (shown) {
      if (this.urgentNext && message.text) {
        shown.classList.add("urgent");
        shown.prepend(make("p", { class: "flag" }, this.words.urgent));
        this.urgentNext = false;
      }
      this.log.append(shown);
    }
    if (message.author !== "visitor" && message.text) this.countUnread();
    if (message.author === "assistant") this.expectInput(message.payload);
    this.showChoices(message);
    if (near || message.author === "visitor") this.toEnd();
  }

  /** The keyboard and the browser's own suggestions that fit what is asked for. @param {any} payload */
  expectInput(payload) {
    const kind = payload?.type === "input" ? payload.kind : "text";
    this.input.inputMode = { phone: "tel", date: "numeric" }[kind] ?? "text";
    this.input.autocomplete = { phone: "tel", contact: "email", name: "name" }[kind] ?? "off";
  }

  toEnd() {
    requestAnimationFrame(() => (this.log.scrollTop = this.log.scrollHeight));
  }

  /** Only the newest choices can be pressed. @param {any} message */
  showChoices(message) {
    if (message.author === "visitor") this.choices?.remove();
    const offered = choices(message, this.context);
    if (!offered) return;
    this.choices?.remove();
    this.choices = offered;
    this.log.append(offered);
  }

  /** @param {{owner: string, typing: boolean, staff: {name: string, role: string}|null}} state */
  showState(state) {
    const w = this.words;
    this.typing.hidden = !state.typing;
    const person = state.staff && this.fill(w.withPerson, { name: `${state.staff.name}, ${state.staff.role}` });
    this.subtitle.textContent = person || (state.owner === "waiting" ? w.waitingPerson : w.subtitle);
    this.element.classList.toggle("with-person", Boolean(person));
    if (state.typing) this.toEnd();
  }

  submit() {
    const text = this.input.value.trim();
    if (!text) return;
    if (text.length > LONGEST) return this.complain(this.words.tooLong);
    this.input.value = "";
    this.grow();
    this.say(text);
  }

  /** @param {string} text */
  say(text) {
    this.showTyped(this.client.say(text));
  }

  /** @param {any} message @param {{id: string, title: string}} button */
  press(message, button) {
    this.choices?.remove();
    this.showTyped(this.client.say(button.title, { seq: message.seq, id: button.id }));
    this.input.focus();
  }

  /** @param {import("./client.js").Outgoing} outgoing */
  showTyped(outgoing) {
    const shown = make(
      "div",
      { class: "bubble visitor" },
      make("p", { class: "who" }, this.words.you, " · ", make("span", { class: "delivery" }, this.words.sending)),
      make("div", { class: "text", dir: "auto" }, make("p", {}, outgoing.text)),
    );
    this.typed.set(outgoing.id, shown);
    shown.dataset.id = outgoing.id;
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
  complain(words) {
    this.problem.textContent = words;
    this.problem.hidden = !words;
  }

  /** @param {string} words */
  showStatus(words) {
    this.status.textContent = words;
    this.status.hidden = !words;
  }

  countUnread() {
    if (!this.element.hidden) return;
    this.unread += 1;
    this.host.unread(this.unread);
  }

  /** @param {string} [question] */
  open(question) {
    this.element.hidden = false;
    this.unread = 0;
    this.host.unread(0);
    this.toEnd();
    if (question && this.client.token) this.say(question);
    else this.question = question;
    (this.client.token ? this.input : this.begin)?.focus();
  }

  close() {
    if (this.element.hidden) return;
    this.element.hidden = true;
    this.host.closed();
  }

  saveCopy() {
    const line = (/** @type {any} */ m) => `[${m.at}] ${m.name ?? m.author}: ${m.text}`;
    const text = this.messages.filter((m) => m.text).map(line).join("\n\n");
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    make("a", { href: url, download: "conversation.txt" }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  startOver() {
    this.client.forget();
    this.showStatus("");
    this.showNotice();
    this.begin?.focus();
  }

  /** The form for a call back. */
  askCall() {
    if (!this.client.token) return;
    const w = this.words;
    /** @param {string} id @param {string} label @param {Record<string, any>} more */
    const field = (id, label, more) => [make("label", { for: id }, label), make("input", { id, name: id, maxlength: "200", ...more })];
    const problem = make("p", { class: "problem", id: "call-problem", role: "alert", hidden: true });
    const form = make(
      "form",
      { class: "ask", "aria-label": w.callMe },
      ...field("name", w.callName, { autocomplete: "name" }),
      ...field("contact", w.callContact, { autocomplete: "tel", required: true, "aria-describedby": "call-problem" }),
      ...field("good_time", w.callTime, { autocomplete: "off" }),
      problem,
      make("button", { class: "danger" }, w.callSend),
      make("button", { type: "button", onclick: () => (form.remove(), this.input.focus()) }, w.cancel),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wish = /** @type {any} */ (Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (form))));
      try {
        await this.client.callBack(wish);
        form.remove();
        this.input.focus();
      } catch (error) {
        problem.textContent = /** @type {Error} */ (error).message || this.fill(w.failed);
        problem.hidden = false;
      }
    });
    this.body.append(form);
    form.querySelector("input")?.focus();
  }

  askErase() {
    if (!this.client.token) return;
    const w = this.words;
    const ask = make(
      "div",
      { class: "ask", role: "alertdialog", "aria-label": w.eraseAsk },
      make("p", {}, w.eraseAsk),
      make("button", { type: "button", class: "danger", onclick: () => this.erase(ask) }, w.eraseYes),
      make("button", { type: "button", onclick: () => ask.remove() }, w.cancel),
    );
    this.body.append(ask);
    ask.querySelector("button")?.focus();
  }

  /** @param {HTMLElement} ask */
  async erase(ask) {
    try {
      await this.client.erase();
      this.leave(this.words.erased);
    } catch {
      this.showStatus(this.fill(this.words.failed));
    }
    ask.remove();
  }

  /** @param {string} words */
  leave(words) {
    this.client.forget();
    this.showNotice();
    this.showStatus(words);
  }
}
