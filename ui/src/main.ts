import { hydrate, mount } from "svelte";
import App from "./App.svelte";
import { chooseBackend } from "./lib/backend";
import { Session } from "./lib/state/session.svelte";
import { Theme } from "./lib/state/theme.svelte";
import "./lib/styles/tokens.css";
import "./lib/styles/base.css";

const target = document.getElementById("app");
if (target) {
  const theme = new Theme();
  const session = new Session(await chooseBackend());
  const options = { target, props: { session, theme } };
  // The built page has its first screen drawn already; nobody can use it before it is taken over.
  const drawn = target.inert && session.router.route.place === "fleet";
  if (!drawn) target.replaceChildren();
  if (drawn) hydrate(App, options);
  else mount(App, options);
  target.inert = false;
}
