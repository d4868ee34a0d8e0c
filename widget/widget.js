// Skin clinic chat: the loader. One script tag on the clinic's page:
//   <script src="https://desk.clinic.example/widget.js" data-colour="#0f6b66" async></script>
// It shows the launcher, and fetches the chat itself when a visitor first opens it.
// Until then it stores nothing and sends nothing. See docs/widget.md.
(() => {
  const script = document.currentScript;
  const base = new URL(script.src).origin;
  const version = "__VERSION__";
  const options = {
    base,
    colour: script.dataset.colour || "#0f6b66",
    language: script.dataset.language || document.documentElement.lang || "en",
    position: script.dataset.position === "left" ? "left" : "right",
    label: script.dataset.label || "",
    teaser: script.dataset.teaser || "",
  };
  const url = (path) => `${base}/widget/${version}/${path}`;
  const CSS = `:host{all:initial;position:fixed;z-index:2147483000;bottom:max(calc(1.25*var(--rem)),env(safe-area-inset-bottom));font-family:system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
:host([data-position=right]){right:calc(1.25*var(--rem))}:host([data-position=left]){left:calc(1.25*var(--rem))}
.launch{display:flex;align-items:center;gap:calc(.6*var(--rem));min-height:56px;padding:0 calc(1.3*var(--rem)) 0 calc(1.1*var(--rem));border:0;border-radius:28px;background:var(--brand);color:var(--on-brand);font:600 calc(1*var(--rem))/1 inherit;font-family:inherit;cursor:pointer;box-shadow:0 6px 24px rgb(0 0 0/.22),0 1px 3px rgb(0 0 0/.2)}
.launch svg{width:26px;height:26px;fill:none;stroke:currentColor;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
.launch:focus-visible{outline:3px solid var(--brand);outline-offset:3px}
.launch[aria-expanded=true]{display:none}
.unread{background:#b3261e;color:#fff;border-radius:99px;padding:calc(.25*var(--rem)) calc(.5*var(--rem));font-size:calc(.8*var(--rem))}.unread[hidden]{display:none}
.teaser{position:absolute;bottom:68px;width:calc(15*var(--rem));padding:calc(.8*var(--rem)) calc(1*var(--rem));border-radius:16px;background:#fff;color:#1d2b2a;font-size:calc(.95*var(--rem));line-height:1.4;box-shadow:0 6px 24px rgb(0 0 0/.18)}
:host([data-position=right]) .teaser{right:0}:host([data-position=left]) .teaser{left:0}
@media (prefers-reduced-motion:no-preference){.launch{transition:transform .15s}.launch:hover{transform:translateY(-2px)}}
@media (forced-colors:active){.launch{border:2px solid ButtonText}}`;

  /** Black or white, whichever reads better on a colour (WCAG contrast). */
  function inkOn(colour) {
    const hex = /^#([0-9a-f]{6})$/i.exec(colour);
    if (!hex) return "#fff";
    const parts = [0, 2, 4].map((i) => parseInt(hex[1].slice(i, i + 2), 16) / 255);
    const light = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    const luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2];
    return 1.05 / (luminance + 0.05) >= 4.5 ? "#fff" : "#111";
  }

  class ClinicChat extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.dataset.position = options.position;
      // the page's own rules may be !important; these are stronger
      for (const rule of ["display:block", "position:fixed", "opacity:1", "visibility:visible", "transform:none"])
        this.style.setProperty(...rule.split(":"), "important");
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(`:host{--rem:clamp(16px,1rem,24px);--brand:${options.colour};--on-brand:${inkOn(options.colour)}}${CSS}`);
      root.adoptedStyleSheets = [sheet];
      const launch = document.createElement("button");
      launch.className = "launch";
      launch.type = "button";
      launch.setAttribute("aria-expanded", "false");
      launch.setAttribute("aria-haspopup", "dialog");
      const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      icon.setAttribute("viewBox", "0 0 24 24");
      icon.setAttribute("aria-hidden", "true");
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM8 10h8M8 13h5");
      icon.append(path);
      const words = document.createElement("span");
      words.textContent = options.label || (options.language.startsWith("es") ? "Pregúntanos" : "Ask us");
      const unread = document.createElement("span");
      unread.className = "unread";
      unread.hidden = true;
      launch.append(icon, words, unread);
      launch.addEventListener("click", () => this.open());
      root.append(launch);
      if (options.teaser) {
        const teaser = document.createElement("div");
        teaser.className = "teaser";
        teaser.textContent = options.teaser;
        root.append(teaser);
      }
      this.parts = { root, launch, unread };
    }

    /** Open the chat; its code is fetched the first time. */
    async open(question) {
      this.parts.root.querySelector(".teaser")?.remove();
      this.panel ??= import(url("panel.js")).then(({ Panel }) =>
        Panel.create(options, this.parts.root, {
          closed: () => this.shut(),
          unread: (count) => this.count(count),
        }),
      );
      try {
        const panel = await this.panel;
        this.parts.launch.setAttribute("aria-expanded", "true");
        panel.open(question);
        this.dispatchEvent(new CustomEvent("clinic-chat:open", { bubbles: true }));
      } catch (error) {
        this.panel = undefined;
        console.error("Skin clinic chat could not be loaded:", error.message);
      }
    }

    close() {
      this.panel?.then((panel) => panel.close());
    }

    shut() {
      this.parts.launch.setAttribute("aria-expanded", "false");
      this.parts.launch.focus();
      this.dispatchEvent(new CustomEvent("clinic-chat:close", { bubbles: true }));
    }

    count(unread) {
      this.parts.unread.textContent = String(unread);
      this.parts.unread.hidden = unread === 0;
    }
  }

  if (customElements.get("clinic-chat")) return;
  customElements.define("clinic-chat", ClinicChat);
  const chat = document.createElement("clinic-chat");
  const place = () => document.body.append(chat);
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);
  window.SkinClinicChat = {
    open: () => chat.open(),
    close: () => chat.close(),
    ask: (question) => chat.open(String(question)),
  };
})();
