/** How the page looks: the colours and corners of whatever theme Home Assistant has. */

export const STYLE = `
:host {
  display: block;
  min-height: 100%;
  background: var(--primary-background-color);
  color: var(--primary-text-color);
  font-family: var(--ha-font-family-body, Roboto, sans-serif);
}
* { box-sizing: border-box; }
h1, h2, h3, p { margin: 0; font-weight: 400; }
[hidden] { display: none !important; }

.bar {
  position: sticky;
  top: 0;
  z-index: 2;
  display: flex;
  align-items: center;
  gap: 8px;
  box-sizing: content-box;
  height: var(--header-height, 56px);
  padding: var(--safe-area-inset-top, 0px)
    max(12px, var(--safe-area-content-inset-right, var(--safe-area-inset-right, 0px)))
    0
    max(12px, var(--safe-area-content-inset-left, var(--safe-area-inset-left, 0px)));
  background: var(--app-header-background-color, var(--primary-color));
  color: var(--app-header-text-color, white);
  border-bottom: var(--app-header-border-bottom, none);
}
.bar h1 { font-size: 20px; padding-inline-start: 12px; }
.menu { display: none; }
:host([menu]) .menu { display: block; }

main {
  max-width: 1400px;
  margin: 0 auto;
  padding: 16px
    max(16px, var(--safe-area-content-inset-right, var(--safe-area-inset-right, 0px)))
    max(16px, var(--safe-area-inset-bottom, 0px))
    max(16px, var(--safe-area-content-inset-left, var(--safe-area-inset-left, 0px)));
}
.filters { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
.teaching { display: flex; flex-wrap: wrap; gap: 8px; margin-inline-start: auto; }
:host([narrow]) .teaching { margin-inline-start: 0; }

button, select, input {
  min-height: 40px;
  padding: 0 12px;
  border: 1px solid var(--divider-color);
  border-radius: 20px;
  background: var(--card-background-color);
  color: inherit;
  font: inherit;
  color-scheme: inherit;
}
button { display: inline-flex; align-items: center; gap: 6px; cursor: pointer; }
button:hover { border-color: var(--primary-color); }
:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
button ha-icon { --mdc-icon-size: 20px; flex: none; }
button.plain {
  width: 40px;
  padding: 0;
  justify-content: center;
  border-color: transparent;
  background: none;
}
button.link {
  min-height: 32px;
  padding: 0 4px;
  border: none;
  background: none;
  color: var(--primary-color);
}
button[aria-pressed="true"] {
  border-color: var(--primary-color);
  background: var(--primary-color);
  color: var(--text-primary-color, white);
}
button.yes, button.danger { border: none; color: var(--text-primary-color, white); }
button.yes { background: var(--primary-color); }
button.danger { background: var(--error-color); }

section > h2 { margin: 24px 0 12px; font-size: 18px; }
.cards { display: grid; gap: 16px; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); }
.visit {
  position: relative;
  display: flex;
  flex-direction: column;
  overflow: hidden;
  border: var(--ha-card-border-width, 1px) solid var(--ha-card-border-color, var(--divider-color));
  border-radius: var(--ha-card-border-radius, 12px);
  background: var(--card-background-color);
}
.picture {
  display: flex;
  flex-direction: column;
  gap: 8px;
  align-items: center;
  justify-content: center;
  width: 100%;
  aspect-ratio: 16 / 9;
  padding: 0;
  border: none;
  border-radius: 0;
  background: var(--secondary-background-color);
  color: var(--secondary-text-color);
  text-align: center;
}
.picture img { width: 100%; height: 100%; object-fit: contain; }
.about { display: flex; flex-direction: column; gap: 6px; flex: 1; padding: 12px 16px 16px; }
.title { display: flex; align-items: center; margin: -4px -8px -8px 0; }
.title h3 { flex: 1; font-size: 16px; font-weight: 500; }
.when, .told, .why { color: var(--secondary-text-color); font-size: 14px; }
.told { display: flex; align-items: center; gap: 6px; --mdc-icon-size: 18px; }
.why { padding: 8px 12px; border-radius: 8px; background: var(--secondary-background-color); }
.why:empty { display: none; }
.opinions { display: flex; flex-wrap: wrap; gap: 6px; margin-top: auto; padding-top: 6px; }
.opinion { min-height: 36px; padding: 0 10px; font-size: 14px; }
.end {
  display: flex;
  flex-direction: column;
  align-items: center;
  gap: 12px;
  padding: 32px 16px;
  color: var(--secondary-text-color);
  text-align: center;
  --mdc-icon-size: 40px;
}
.end button { --mdc-icon-size: 20px; }

dialog {
  width: min(720px, calc(100vw - 24px));
  max-height: calc(100dvh - 24px);
  padding: 0;
  border: none;
  border-radius: var(--ha-card-border-radius, 12px);
  background: var(--card-background-color);
  color: inherit;
}
dialog::backdrop { background: rgb(0 0 0 / 60%); }
.content { display: flex; flex-direction: column; gap: 12px; padding: 12px 20px; }
.content > header, .content > footer { display: flex; align-items: center; gap: 8px; }
.content > header h2 { flex: 1; font-size: 20px; }
.content > footer { justify-content: flex-end; flex-wrap: wrap; }
.content label { display: flex; flex-direction: column; gap: 4px; font-size: 14px; }
.content img.large { display: block; width: calc(100% + 40px); margin: 0 -20px; }
.choices { display: flex; flex-wrap: wrap; gap: 6px; }
.lessons ul { padding: 0; list-style: none; }
.lessons li {
  display: flex;
  align-items: center;
  justify-content: space-between;
  border-bottom: 1px solid var(--divider-color);
}
.lessons .empty { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
`;
