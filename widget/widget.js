// Skin clinic chat: the loader. One script tag on the clinic's page:
//   <script src="https://desk.clinic.example/widget.js" data-colour="#0f6b66" async></script>
// It shows the launcher, and fetches the chat itself when a visitor first opens it.
// Until then it stores nothing and sends nothing. See docs/widget.md.
// @ts-check
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const base = new URL(script.src).origin;
  const version = "__VERSION__";
  const clinic = "__CLINIC__";
  const wish = script.dataset;
  if (wish.clinic && wish.clinic !== clinic)
    return console.error(`Skin clinic chat: data-clinic is "${wish.clinic}", but this front desk serves "${clinic}".`);
  const DEFAULT = "#0f6b66";
  const LAUNCH = {
    en: ["Ask us", "Close", "The chat is not available just now. Please call us."],
    es: ["Pregúntanos", "Cerrar", "El chat no está disponible ahora. Llámanos, por favor."],
  };
  const language = wish.language || document.documentElement.lang || "en";
  const [ASK, CLOSE, DOWN] = language.startsWith("es") ? LAUNCH.es : LAUNCH.en;
  const rtl = getComputedStyle(document.documentElement).direction === "rtl";
  const brand = rgb(wish.colour || DEFAULT);
  const options = { base, language, rtl, greeting: wish.greeting ?? "", brand, contrast };
  const CSS = `:host{all:initial;position:fixed;z-index:var(--chat-layer,2147483000);--gap:var(--chat-space,calc(1.25*var(--rem)));bottom:max(var(--gap),env(safe-area-inset-bottom));font-family:var(--chat-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif)}
:host([data-position=right]){right:var(--gap)}:host([data-position=left]){left:var(--gap)}
button{font-family:inherit;cursor:pointer;border:0}
.launch{display:flex;align-items:center;gap:calc(.6*var(--rem));min-height:56px;padding:0 calc(1.3*var(--rem)) 0 calc(1.1*var(--rem));border-radius:28px;background:var(--brand);color:var(--on-brand);font-size:var(--rem);font-weight:600;line-height:1;box-shadow:0 6px 24px rgb(0 0 0/.22),0 1px 3px rgb(0 0 0/.2)}
svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
:focus-visible{outline:3px solid #fff;box-shadow:0 0 0 6px #111}
.launch[aria-expanded=true]{display:none}
.unread{background:#b3261e;color:#fff;border-radius:99px;padding:calc(.25*var(--rem)) calc(.5*var(--rem));font-size:calc(.8*var(--rem))}[hidden]{display:none!important}
.teaser{position:absolute;bottom:68px;display:flex;align-items:start;width:calc(16*var(--rem));max-width:calc(100vw - 2*var(--gap));box-sizing:border-box;border-radius:16px;background:#fff;color:#1d2b2a;font-size:calc(.95*var(--rem));line-height:1.4;box-shadow:0 6px 24px rgb(0 0 0/.18)}
.teaser button{border-radius:16px;background:none;color:inherit;font-size:inherit;line-height:inherit;min-height:44px}
.words{flex:1;padding:calc(.8*var(--rem)) 0 calc(.8*var(--rem)) calc(1*var(--rem));text-align:start}.away{min-width:44px}
:host([data-position=right]) .teaser{right:0}:host([data-position=left]) .teaser{left:0}
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

  /** WCAG relative luminance. @param {Rgb} colour */
  function luminance(colour) {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  /** WCAG contrast. @param {Rgb} a @param {Rgb} b */
  function contrast(a, b) {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
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
    const [icon, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    icon.setAttribute("viewBox", "0 0 24 24");
    icon.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 10h8M8 13h5");
    icon.append(path);
    return icon;
  }

  class ClinicChat extends HTMLElement {
    root = this.attachShadow({ mode: "open" });
    launch = part("button", "launch", wish.label || ASK);
    unread = part("span", "unread", "");
    teaser = part("div", "teaser", "");
    /** @type {Promise<import("./panel.js").Panel>|undefined} */
    panel;

    connectedCallback() {
      if (this.dataset.position) return;
      const side = wish.position || (rtl ? "left" : "right");
      this.dataset.position = side === "left" ? "left" : "right";
      // the page's own rules may be !important; these are stronger
      for (const rule of ["display:block", "position:fixed", "opacity:1", "visibility:visible", "transform:none"])
        this.style.setProperty(...(/** @type {[string, string]} */ (rule.split(":"))), "important");
      const ink = contrast(brand, [255, 255, 255]) >= 4.5 ? "#fff" : "#000";
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`:host{--rem:clamp(16px,1rem,24px);--brand:rgb(${brand});--on-brand:${ink}}${CSS}`);
      this.root.adoptedStyleSheets = [sheet];
      this.unread.hidden = this.teaser.hidden = true;
      this.launch.setAttribute("aria-expanded", "false");
      this.launch.setAttribute("aria-haspopup", "dialog");
      this.launch.prepend(picture());
      this.launch.append(this.unread);
      this.launch.addEventListener("click", () => this.open());
      this.root.append(this.teaser, this.launch);
      if (wish.teaser) this.tease(wish.teaser);
    }

    /** Say something beside the launcher. @param {string} text */
    tease(text) {
      const words = part("button", "words", text);
      words.addEventListener("click", () => this.open());
      const away = part("button", "away", "✕");
      away.setAttribute("aria-label", CLOSE);
      away.addEventListener("click", () => ((this.teaser.hidden = true), this.launch.focus()));
      this.teaser.replaceChildren(words, away);
      this.teaser.hidden = false;
    }

    /** Fetch the chat's code, once. */
    load() {
      return (this.panel ??= import(`${base}/widget/${version}/panel.js`).then(({ Panel }) =>
        Panel.create(options, this.root, {
          closed: () => this.shut(),
          unread: (/** @type {number} */ count) => this.count(count),
        }),
      ));
    }

    /** @param {string} [question] @param {boolean} [focus] */
    async open(question, focus = true) {
      this.teaser.hidden = true;
      try {
        const panel = await this.load();
        this.launch.setAttribute("aria-expanded", "true");
        panel.open(question, focus);
        this.tell("open");
      } catch (error) {
        this.panel = undefined;
        this.tease(DOWN);
        console.error("Skin clinic chat could not be loaded:", /** @type {Error} */ (error).message);
      }
    }

    close() {
      this.panel?.then((panel) => panel.close());
    }

    shut() {
      this.launch.setAttribute("aria-expanded", "false");
      this.launch.focus();
      this.tell("close");
    }

    /** @param {number} unread */
    count(unread) {
      this.unread.textContent = String(unread);
      this.unread.hidden = unread === 0;
      this.tell("unread", unread);
    }

    /** @param {string} name @param {number} [detail] */
    tell(name, detail) {
      this.dispatchEvent(new CustomEvent(`clinic-chat:${name}`, { bubbles: true, detail }));
    }
  }

  /** Has this visitor a conversation here already? Then answers are counted while the chat is closed. */
  function known() {
    try {
      return localStorage.getItem(`skin-clinic-chat:${base}`) !== null;
    } catch {
      return false;
    }
  }

  if (customElements.get("clinic-chat")) return;
  customElements.define("clinic-chat", ClinicChat);
  const chat = new ClinicChat();
  const place = () => {
    document.body.append(chat);
    if (wish.open !== undefined) chat.open("", false);
    else if (known()) setTimeout(() => chat.load().catch(() => (chat.panel = undefined)), 500);
  };
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
  Object.assign(window, {
    SkinClinicChat: {
      open: () => chat.open(),
      close: () => chat.close(),
      ask: (/** @type {unknown} */ question) => chat.open(String(question)),
    },
  });
})();
