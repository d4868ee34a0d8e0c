// The look of the panel. One brand colour (--brand, set by the loader) themes all of it. Sizes are in
// --rem: the visitor's text size, and not what a page may have made of it.
export const css = `
.panel{--ground:#fbfaf8;--card:#fff;--ink:#20302f;--quiet:#5a6a68;--line:#dfe4e1;--soft:color-mix(in srgb,var(--brand) 8%,#fff);--link:var(--link-on-light);--danger:#a3160f;--danger-soft:#fdeae8;
box-sizing:border-box;position:fixed;bottom:var(--gap);display:flex;flex-direction:column;width:min(var(--chat-width,calc(25*var(--rem))),calc(100vw - 2*var(--gap)));height:min(var(--chat-height,calc(42*var(--rem))),calc(100dvh - 2*var(--gap)));border-radius:var(--chat-radius,20px);overflow:hidden;background:var(--ground);color:var(--ink);font:400 var(--rem)/1.5 var(--chat-font,system-ui,-apple-system,"Segoe UI",Roboto,sans-serif);box-shadow:0 18px 60px rgb(0 0 0/.25),0 2px 8px rgb(0 0 0/.12)}
:host([data-position=right]) .panel{right:var(--gap)}:host([data-position=left]) .panel{left:var(--gap)}
.panel[hidden],.panel [hidden]{display:none!important}
.panel *{box-sizing:border-box}
.panel p,.panel h2,.panel h3,.panel ul{margin:0}
.panel button,.panel textarea,.panel input{font:inherit;color:inherit;line-height:1.4;box-shadow:none}
.panel :is(.icon,.send) svg{width:22px;height:22px;stroke-width:2}.panel summary.icon svg{stroke-width:3.6}.panel ::placeholder{color:var(--quiet);opacity:1}[dir=rtl] .send svg{transform:scaleX(-1)}
.panel :focus-visible{outline:3px solid var(--link);outline-offset:2px;box-shadow:none}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.top{display:flex;align-items:center;gap:calc(.25*var(--rem));padding-block:var(--rem);padding-inline:calc(1.25*var(--rem)) calc(.75*var(--rem));background:var(--brand);color:var(--on-brand)}
.top :focus-visible{outline-color:var(--on-brand)}
.heading{flex:1;min-width:0}.heading h2{font-size:calc(1.06*var(--rem));font-weight:650;line-height:1.3}.subtitle{font-size:calc(.85*var(--rem))}
.icon{display:grid;place-items:center;width:44px;height:44px;border:0;border-radius:50%;background:transparent;color:inherit;font-size:calc(1.15*var(--rem));cursor:pointer;list-style:none}
.icon::-webkit-details-marker{display:none}
.icon:hover{background:rgb(127 127 127/.25)}
.menu{position:relative}.items{position:absolute;inset-inline-end:0;top:48px;z-index:2;display:grid;min-width:calc(14*var(--rem));padding:calc(.4*var(--rem));border-radius:14px;background:var(--card);color:var(--ink);box-shadow:0 8px 30px rgb(0 0 0/.25)}
.items button{min-height:44px;padding:calc(.5*var(--rem)) calc(.9*var(--rem));border:0;border-radius:10px;background:none;text-align:start;cursor:pointer}.items button:hover{background:var(--soft)}
.items :focus-visible{outline-color:var(--link)}
.body{position:relative;flex:1;display:flex;flex-direction:column;min-height:0}
.notice{display:grid;gap:calc(.9*var(--rem));align-content:start;padding:calc(1.5*var(--rem)) calc(1.25*var(--rem));overflow:auto}.notice h3{font-size:calc(1.2*var(--rem))}
.notice a,.bubble a{color:var(--link)}
.emergency{font-weight:600}.greeting{font-size:calc(1.1*var(--rem));font-weight:600}
.primary{min-height:48px;border:0;border-radius:24px;background:var(--brand);color:var(--on-brand)!important;font-weight:600!important;cursor:pointer}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;display:flex;flex-direction:column;gap:calc(.6*var(--rem));padding:calc(1.1*var(--rem)) var(--rem) calc(.5*var(--rem))}
.bubble{flex:none;max-width:88%;content-visibility:auto;contain-intrinsic-size:auto calc(5*var(--rem));padding:calc(.65*var(--rem)) calc(.95*var(--rem));border-radius:18px;background:var(--card);border:1px solid var(--line);align-self:flex-start;border-end-start-radius:6px;overflow-wrap:anywhere}
.bubble .who{font-size:calc(.78*var(--rem));color:var(--quiet);margin-bottom:calc(.1*var(--rem))}
.text{display:grid;gap:calc(.5*var(--rem))}.text ul{padding-inline-start:calc(1.1*var(--rem))}
.bubble.visitor{align-self:flex-end;background:var(--soft);border-color:transparent;border-radius:18px;border-end-end-radius:6px;white-space:pre-wrap}
.bubble.staff{border:2px solid var(--brand)}
.bubble.system{align-self:center;max-width:94%;background:transparent;border-style:dashed;border-radius:14px;font-size:calc(.93*var(--rem))}
.bubble.urgent{border:2px solid var(--danger);background:var(--danger-soft);max-width:100%}
.flag{color:var(--danger);font-weight:700;font-size:calc(.85*var(--rem));letter-spacing:.03em;text-transform:uppercase}
.bubble.urgent a{color:var(--danger);font-weight:700}
.fresh{align-self:center;flex:none;margin:-44px 0 0;z-index:1;min-height:36px;padding:0 var(--rem);border:0;border-radius:18px;background:var(--ink);color:var(--ground)!important;font-size:calc(.9*var(--rem))!important;cursor:pointer;box-shadow:0 4px 16px rgb(0 0 0/.25)!important}
.choices{display:flex;flex-wrap:wrap;gap:calc(.45*var(--rem))}
.choice{min-height:44px;padding:calc(.4*var(--rem)) var(--rem);border:1.5px solid var(--link);border-radius:22px;background:var(--card);color:var(--link)!important;font-weight:550!important;text-align:start;cursor:pointer}
.choice:hover{background:var(--soft)}
.medical{margin-top:calc(.35*var(--rem));font-size:calc(.82*var(--rem));color:var(--quiet)}.sources ul{margin:0;padding-left:1.2em}.sources{margin-top:calc(.35*var(--rem));font-size:calc(.82*var(--rem));color:var(--quiet)}.sources summary{min-height:24px;cursor:pointer}
.helpful{display:flex;align-items:center;gap:calc(.4*var(--rem));margin-top:calc(.35*var(--rem));font-size:calc(.82*var(--rem));color:var(--quiet)}
.thumb{min-height:44px;min-width:44px;padding:0 calc(.6*var(--rem));border:1px solid var(--line);border-radius:22px;background:none;cursor:pointer}
.progress{display:flex;align-items:center;gap:calc(.6*var(--rem));font-size:calc(.82*var(--rem));color:var(--quiet)}.progress progress{flex:1;height:8px;accent-color:var(--brand)}
.typing{display:flex;gap:calc(.3*var(--rem));padding:calc(.4*var(--rem)) calc(1.4*var(--rem))}.typing i{width:8px;height:8px;border-radius:50%;background:var(--quiet)}
.status{padding:calc(.5*var(--rem)) calc(1.1*var(--rem));background:var(--soft);font-size:calc(.9*var(--rem))}
.composer{display:grid;grid-template-columns:1fr auto;gap:calc(.5*var(--rem));align-items:end;padding:calc(.75*var(--rem)) var(--rem) max(calc(.75*var(--rem)),env(safe-area-inset-bottom));border-top:1px solid var(--line);background:var(--card)}
.composer textarea:focus-visible{outline-offset:0;outline-width:2px}
.composer textarea{width:100%;min-height:46px;padding:calc(.65*var(--rem)) var(--rem);border:1px solid #84908e;border-radius:23px;background:var(--ground);resize:none;line-height:1.45}
.problem{grid-column:1/-1;color:var(--danger);font-size:calc(.9*var(--rem))}
.asked{grid-column:1/-1;display:grid;gap:calc(.3*var(--rem));font-size:calc(.9*var(--rem))}.asked input{min-height:46px;padding:0 var(--rem);border:1px solid #84908e;border-radius:12px;background:var(--ground);color-scheme:light dark;font-size:var(--rem)!important}
.send{display:grid;place-items:center;padding:0;width:46px;height:46px;border:0;border-radius:50%;background:var(--brand);color:var(--on-brand)!important;cursor:pointer}
.ask{position:absolute;z-index:2;inset:auto calc(.75*var(--rem)) calc(.75*var(--rem));max-height:calc(100% - 1.5*var(--rem));overflow:auto;display:flex;flex-wrap:wrap;gap:calc(.5*var(--rem));padding:calc(1.1*var(--rem));border-radius:16px;background:var(--card);border:1px solid var(--line);box-shadow:0 8px 30px rgb(0 0 0/.25)}
.ask p,.ask label,.ask input{flex-basis:100%}.ask input{min-height:44px;padding:.4em .8em;border:1px solid #84908e;border-radius:12px;background:var(--ground);color:inherit;font:inherit}.ask button{min-height:44px;padding:calc(.4*var(--rem)) calc(1.1*var(--rem));border:1px solid var(--line);border-radius:22px;background:none;cursor:pointer}.ask .primary{border:0;background:var(--brand)}.ask .danger{background:#a3160f;color:#fff;border-color:transparent}
@media (prefers-color-scheme:dark){.panel{--ground:#161c1c;--card:#1f2727;--ink:#e9efee;--quiet:#a9b6b4;--line:#3a4645;--soft:color-mix(in srgb,var(--brand) 14%,#1b2222);--link:var(--link-on-dark);--danger:#ffb4ab;--danger-soft:#48191a}}
@media (max-width:480px),(max-height:480px){.panel{inset:0 0 auto!important;width:100%;height:var(--visible,100dvh);border-radius:0}.top{padding-top:max(var(--rem),env(safe-area-inset-top))}}
@media (prefers-reduced-motion:no-preference){.panel{animation:rise .18s ease-out}.typing i{animation:blink 1.2s infinite}.typing i:nth-of-type(2){animation-delay:.2s}.typing i:nth-of-type(3){animation-delay:.4s}@keyframes rise{from{opacity:0;transform:translateY(12px)}}@keyframes blink{50%{opacity:.25}}}
@media (forced-colors:active){.panel,.bubble,.choice,.send,.primary,.fresh{border:1px solid CanvasText}.bubble.urgent{border-width:4px}}
`;
