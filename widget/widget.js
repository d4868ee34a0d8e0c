// Skin clinic chat: the loader. One script tag on the clinic's page:
//   <script src="https://desk.clinic.example/widget.js" data-colour="#0f6b66" async></script>
// It shows the launcher, and fetches the chat itself when a visitor first opens it.
// Until then it stores nothing and sends nothing. See docs/widget.md.
// @ts-check
(() => {
  const mine = (/** @type {Element|null} */ one) => one instanceof HTMLScriptElement && /\/widget\.js(\?|$)/.test(one.src);
  const scripts = [document.currentScript, ...document.scripts].filter(mine);
  // a module or a bundle has no tag of its own: any element with data-desk then says where and how
  const tag = /** @type {HTMLScriptElement|undefined} */ (document.querySelector("[data-desk]") ?? scripts[0]);
  const complain = (/** @type {string} */ words) => console.error(`Skin clinic chat: ${words}`);
  const version = "__VERSION__";
  const clinic = "__CLINIC__";
  const wish = tag?.dataset ?? {};
  const url = URL.canParse?.(wish.desk || tag?.src || "") === false ? "" : wish.desk || tag?.src || "";
  if (!/^https?:/.test(url)) return complain(`data-desk is "${wish.desk ?? ""}", but must be the front desk's address, such as "https://desk.clinic.example".`);
  const base = new URL(url).origin;
  if (wish.clinic && wish.clinic !== clinic) return complain(`data-clinic is "${wish.clinic}", but this front desk serves "${clinic}".`);
  const DEFAULT = "#0f6b66";
  /** @type {Record<string, string[]>} */
  const LAUNCH = {
    en: ["Ask us", "Close", "The chat is not available just now. Please call"],
    es: ["Pregúntanos", "Cerrar", "El chat no está disponible ahora. Llama al"],
    pt: ["Pergunte-nos", "Fechar", "O chat não está disponível agora. Ligue para"],
    fr: ["Une question ?", "Fermer", "Le chat n’est pas disponible. Appelez le"],
    de: ["Fragen Sie uns", "Schließen", "Der Chat ist gerade nicht da. Bitte rufen Sie an:"],
    pl: ["Zapytaj nas", "Zamknij", "Czat jest teraz niedostępny. Zadzwoń:"],
    ar: ["اسألنا", "إغلاق", "المحادثة غير متاحة الآن. اتصل على"],
  };
  const root = document.documentElement;
  const language = wish.language || root.lang || "en";
  const [ASK, CLOSE, DOWN] = LAUNCH[language.slice(0, 2).toLowerCase()] ?? LAUNCH.en;
  const CALL = `${DOWN} \u2066__PHONE__\u2069`;
  const rtl = getComputedStyle(root).direction === "rtl";
  const brand = rgb(wish.colour || DEFAULT);
  const key = `skin-clinic-chat:${base}`;
  // a link opens the chat; one from a messaging channel with a token, which is taken out of the address at once
  const led = /^#chat(?:=([\da-f]{32}))?$/.exec(location.hash);
  if (led) history.replaceState(history.state, "", location.pathname + location.search);
  const CSS = `:host{all:initial;position:fixed;z-index:var(--chat-layer,2147483000);--gap:var(--chat-space,calc(1.25*var(--rem)));bottom:max(var(--gap),env(safe-area-inset-bottom));font-family:var(--chat-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif)}
:host([data-position=right]){right:var(--gap)}:host([data-position=left]){left:var(--gap)}
button{font-family:inherit;cursor:pointer;border:0}
.launch{display:flex;align-items:center;gap:calc(.6*var(--rem));min-height:56px;padding:0 calc(1.3*var(--rem)) 0 calc(1.1*var(--rem));border-radius:28px;background:var(--brand);color:var(--on-brand);font-size:var(--rem);font-weight:600;line-height:1;box-shadow:0 6px 24px rgb(0 0 0/.2)}
svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
:focus-visible{outline:3px solid #fff;box-shadow:0 0 0 6px #111}
.launch[aria-expanded=true]{display:none}
.unread{background:#b3261e;color:#fff;border-radius:99px;padding:calc(.25*var(--rem)) calc(.5*var(--rem));font-size:calc(.8*var(--rem))}[hidden]{display:none!important}
.teaser{position:absolute;bottom:68px;display:flex;align-items:start;width:calc(17*var(--rem));max-width:calc(100vw - 2*var(--gap));box-sizing:border-box;border-radius:16px;background:#fff;color:#1d2b2a;font-size:calc(.95*var(--rem));line-height:1.4;box-shadow:0 6px 24px rgb(0 0 0/.18)}
.teaser button{border-radius:16px;background:none;color:inherit;font-size:inherit;line-height:inherit;min-height:44px}
.words{flex:1;padding:calc(.8*var(--rem)) 0 calc(.8*var(--rem)) calc(1*var(--rem));text-align:start}.away{min-width:44px}
:host([data-position=right]) .teaser{right:0}:host([data-position=left]) .teaser{left:0}
@media print{:host{display:none!important}}
@media (prefers-color-scheme:dark){.teaser{background:#1f2727;color:#e9efee}}
@media (prefers-reduced-motion:no-preference){.launch{transition:transform .15s}.launch:hover{transform:translateY(-2px)}}
@media (forced-colors:active){.launch,.teaser{border:2px solid ButtonText}}`;

  /** @typedef {[number, number, number]} Rgb */

  /** A colour of CSS as red, green and blue; the default colour for what is none. @param {string} colour @returns {Rgb} */
  function rgb(colour) {
    const brush = document.createElement("canvas").getContext("2d");
    if (brush) Object.assign(brush, { fillStyle: DEFAULT }).fillStyle = colour;
    const hex = /^#(..)(..)(..)$/.exec(String(brush?.fillStyle)) ?? ["", "0f", "6b", "66"];
    return /** @type {Rgb} */ (hex.slice(1).map((part) => parseInt(part, 16)));
  }

  /** May words on the brand colour be white (WCAG contrast)? */
  function whiteCanBeRead() {
    const [r, g, b] = brand.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) >= 4.5;
  }

  /** @param {string} tag @param {string} name @param {string} text */
  function part(tag, name, text) {
    const element = document.createElement(tag);
    if (tag === "button") /** @type {HTMLButtonElement} */ (element).type = "button";
    element.className = name;
    element.textContent = text;
    return element;
  }

  /** The picture of a speech bubble. */
  function picture() {
    const [icon, path] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 10h8M8 13h5");
    icon.append(path);
    return icon;
  }

  /** What this browser kept of a conversation here. @returns {any} */
  function kept() {
    try {
      return JSON.parse(localStorage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  class ClinicChat extends HTMLElement {
    // closed: other scripts of the page see neither the words nor the token
    #root = this.attachShadow({ mode: "closed" });
    #launch = part("button", "launch", wish.label || ASK);
    #unread = part("span", "unread", "");
    #teaser = part("div", "teaser", "");
    /** @type {Promise<import("./panel.js").Panel>|undefined} */
    #panel;

    connectedCallback() {
      if (this !== chat) return this.remove(); // a copy that a page's cache made
      if (this.dataset.position) return void this.#panel?.then((panel) => panel.moved());
      const side = wish.position || (rtl ? "left" : "right");
      this.dataset.position = side === "left" ? "left" : "right";
      // the page's own rules may be !important; these are stronger
      for (const rule of ["display:block", "position:fixed", "opacity:1", "visibility:visible", "transform:none", "view-transition-name:clinic-chat"])
        this.style.setProperty(...(/** @type {[string, string]} */ (rule.split(":"))), "important");
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`:host{--rem:clamp(16px,1rem,24px);--brand:rgb(${brand});--on-brand:${whiteCanBeRead() ? "#fff" : "#000"}}${CSS}`);
      this.#root.adoptedStyleSheets = [sheet];
      this.#unread.hidden = this.#teaser.hidden = true;
      this.#launch.setAttribute("aria-expanded", "false");
      this.#launch.setAttribute("aria-haspopup", "dialog");
      this.#launch.prepend(picture());
      this.#launch.append(this.#unread);
      this.#launch.addEventListener("click", () => this.open());
      this.#root.append(this.#teaser, this.#launch);
      if (wish.teaser) this.#tease(wish.teaser);
    }

    /** A framework replaced the page's body: go where the page is now. */
    disconnectedCallback() {
      if (this === chat) queueMicrotask(place);
    }

    /** Say something beside the launcher. @param {string} text */
    #tease(text) {
      const words = part("button", "words", text);
      words.addEventListener("click", () => this.open());
      const away = part("button", "away", "✕");
      away.setAttribute("aria-label", CLOSE);
      away.addEventListener("click", () => ((this.#teaser.hidden = true), this.#launch.focus()));
      this.#teaser.replaceChildren(words, away);
      this.#teaser.hidden = false;
    }

    /** Fetch the chat's code, so that answers are counted while it is closed. */
    warm() {
      this.#load().catch(() => (this.#panel = undefined));
    }

    /** Fetch the chat's code, once. */
    #load() {
      return (this.#panel ??= import(/* webpackIgnore: true */ /* @vite-ignore */ `${base}/widget/${version}/panel.js`).then(({ Panel }) =>
        Panel.create({ base, language, rtl, greeting: wish.greeting ?? "", team: wish.team ?? "", mark: wish.mark ?? "", brand, carried: led?.[1] }, this.#root, {
          closed: () => this.#shut(),
          again: () => this.open("", false),
          unread: (/** @type {number} */ count, /** @type {string} */ preview) => this.#count(count, preview),
        }),
      ));
    }

    /** @param {string} [question] @param {boolean} [focus] */
    async open(question, focus = true) {
      this.#teaser.hidden = true;
      try {
        const panel = await this.#load();
        this.#launch.setAttribute("aria-expanded", "true");
        panel.open(question, focus);
        this.#tell("open");
      } catch (error) {
        this.#panel = undefined;
        this.#tease(CALL);
        complain(`it could not be loaded: ${/** @type {Error} */ (error).message}`);
      }
    }

    close() {
      this.#panel?.then((panel) => panel.close());
    }

    #shut() {
      this.#launch.setAttribute("aria-expanded", "false");
      this.#launch.focus();
      this.#tell("close");
    }

    /** @param {number} unread @param {string} [preview] */
    #count(unread, preview) {
      this.#unread.textContent = String(unread);
      this.#unread.hidden = unread === 0;
      if (unread && preview) this.#tease(preview);
      this.#tell("unread", unread);
    }

    /** @param {string} name @param {number} [detail] */
    #tell(name, detail) {
      this.dispatchEvent(new CustomEvent(`clinic-chat:${name}`, { bubbles: true, detail }));
    }
  }

  /** Into the page's body, now or as soon as there is one. */
  function place() {
    if (document.body) document.body.append(chat);
    else requestAnimationFrame(place);
  }

  if (customElements.get("clinic-chat")) return;
  /** @type {ClinicChat} */
  let chat;
  customElements.define("clinic-chat", ClinicChat);
  chat = new ClinicChat();
  place();
  const before = kept();
  if (led || wish.open !== undefined) chat.open("", false);
  else if (before?.token) setTimeout(() => chat.warm(), 500);
  Object.assign(window, {
    SkinClinicChat: {
      open: () => chat.open(),
      close: () => chat.close(),
      ask: (/** @type {unknown} */ question) => chat.open(String(question)),
    },
  });
})();
