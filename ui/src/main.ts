import { mount } from "svelte";
import App from "./App.svelte";
import { chooseBackend } from "./lib/backend";
import { Session } from "./lib/state/session.svelte";
import { Theme } from "./lib/state/theme.svelte";
import "./lib/styles/base.css";

const target = document.getElementById("app");
if (target) {
  const theme = new Theme();
  const session = new Session(await chooseBackend());
  mount(App, { target, props: { session, theme } });
}
