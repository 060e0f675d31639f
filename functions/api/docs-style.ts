/** The look of the documentation page: one column on a phone, calls beside their list on a wide screen. */
export const docsStyle = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--soft:#5b6470;--line:#dde2e8;--card:#f6f8fa;--link:#0b57d0;--ok:#0a7b34;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#12161b;--fg:#e4e8ed;--soft:#9aa5b1;--line:#2d343d;--card:#1a2027;--link:#8ab4f8;--ok:#6fd08c;--bad:#f2948c}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:78rem;padding:1rem;background:var(--bg);color:var(--fg);font:16px/1.55 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.7rem;margin:.5rem 0}h1 small{font-size:1rem;color:var(--soft);font-weight:400}
h2{font-size:1.35rem;margin:2.5rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.3rem}
h3{font-size:1.02rem;margin:0}
a{color:var(--link)}a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
code{font:.88em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
article{border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:1rem 0}
article:target,tr:target{border-color:var(--link);background:var(--card)}
.summary{font-weight:600;margin:.4rem 0}.open{font-weight:400;font-size:.85rem;color:var(--soft);border:1px solid var(--line);border-radius:1rem;padding:.05rem .6rem;white-space:nowrap}
.m{display:inline-block;min-width:3.6rem;font:700 .72rem/1.7 ui-monospace,Menlo,Consolas,monospace;text-align:center;border-radius:.3rem;border:1px solid currentcolor;color:var(--link)}
.m.post,.m.put,.m.patch{color:var(--ok)}.m.delete{color:var(--bad)}
.reply{margin:.9rem 0 .2rem}.s2{color:var(--ok)}.s4,.s5{color:var(--bad)}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;color:var(--soft);padding:.2rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-top:1px solid var(--line)}
th{color:var(--soft);font-weight:600}td i{color:var(--soft);font-size:.85em}
td:first-child{width:32%}td:nth-child(2){width:26%}
pre{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;overflow-wrap:normal}
nav{background:var(--card);border-radius:.6rem;padding:.8rem 1rem;font-size:.88rem}
nav summary{cursor:pointer;font-weight:600}nav ul{list-style:none;margin:.2rem 0 .6rem;padding:0}nav li{margin:.3rem 0}nav a{text-decoration:none}
@media (max-width:40rem){thead{display:none}tr{display:block;border-top:1px solid var(--line);padding:.4rem 0}td,td:first-child,td:nth-child(2){display:block;width:auto;border:0;padding:.1rem 0}td:nth-child(2){color:var(--soft)}}
@media (min-width:64rem){body{display:grid;grid-template-columns:20rem 1fr;gap:0 2rem}header{grid-column:1/-1}nav{position:sticky;top:1rem;align-self:start;max-height:calc(100vh - 2rem);overflow:auto}}
`;
