// Words of what surrounds every screen: rail, top bar, palette, keyboard, and places that wait for their contents.

import { count } from "../logic/time";

export const places = {
  label: "Places",
  fleet: "Fleet",
  apps: "Apps",
  runs: "Runs",
  releases: "Releases",
  environments: "Environments",
  evaluate: "Evaluate",
  maturity: "Maturity",
  journal: "Journal",
  library: "Library",
  inbox: "Inbox",
  settings: "Settings",
  help: "Guide",
  welcome: "Welcome",
  unseen: (n: number) => `${count(n)} not seen yet`,
};

export const top = {
  label: "What to do",
  app: (app: string) => `App ${app}: choose another`,
  chooseApp: "Choose an app",
  environment: "Environment",
  noApp: "Choose an app first: these act on one app.",
  noEnvironment: "This app has no environment that could be used.",
  running: (n: number) => `${count(n)} running`,
  runningTitle: "Show what is running",
  strip: "Running now",
  find: "Find or do …",
  findTitle: "Find a place or do something",
};

export const palette = {
  title: "Find or do",
  label: "Find a place, an app, an environment or a run, or do something",
  example: "guestbook, ship prod, runs …",
  appExample: "Name of an app …",
  results: (n: number) => (n === 1 ? "1 match" : `${count(n)} matches`),
  nothing: "Nothing is called like that. Try fewer letters, or the name of an app.",
  hint: "↑ ↓ choose · Enter opens · Esc closes",
  kind: { place: "Place", app: "App", environment: "Environment", run: "Run", action: "Do", help: "Guide" },
  act: {
    build: (app: string) => `Build ${app}`,
    ship: (app: string, environment: string) => `Ship ${app} to ${environment}`,
    evaluate: (app: string, environment: string) => `Evaluate ${app} in ${environment}`,
    rollback: (app: string, environment: string) => `Roll back ${app} in ${environment}`,
  },
  open: "Open a folder",
  keys: "Show the keyboard",
  theme: { system: "System theme", light: "Light theme", dark: "Dark theme", contrast: "High contrast" },
  larger: "Larger",
  smaller: "Smaller",
  usual: "Usual size",
};

export const shortcuts = {
  title: "Keyboard",
  list: [
    ["Ctrl K", "find a place or do something"],
    ["?", "this list"],
    ["g f", "go to the fleet"],
    ["g a", "go to the apps"],
    ["g r", "go to the runs"],
    ["g i", "go to the inbox"],
    ["b", "preview Build"],
    ["s", "preview Ship"],
    ["e", "preview Evaluate"],
    ["r", "preview Roll back"],
    ["d", "compare with the environment to the left (fleet)"],
    ["↑ ↓", "choose a step of a run, or a cell of the fleet"],
    ["/", "filter the fleet, or search the log"],
    ["f", "follow the log"],
    ["w", "wrap the log"],
    ["t", "show times in the log"],
    ["n p", "next and previous line found in the log"],
    ["o", "only lines of the log that were found"],
    ["x", "first error in the log"],
    ["Ctrl + − 0", "larger, smaller, usual size"],
    ["Esc", "close, or go back"],
  ],
} as const;

/** Places whose contents are not here yet: what will be there, and what works today. */
export const still = {
  label: "Not here yet",
  will: "What will be here",
  today: "What works today",
  evaluate: {
    title: "Evaluate",
    lead: "Whether what you shipped is any good, over many releases. This version judges each release by itself.",
    will: [
      "Delivery metrics: how often, how fast, how many changes failed, how long until repaired",
      "Probes and figures of each release beside those of the release before",
      "Comparisons of canary and A/B releases, with the numbers behind them",
    ],
    today: [
      "Each run ends with findings and a verdict: go, no-go or inconclusive",
      "Every Ship counts real requests and says how many failed",
      "A person's verdict and the reason can be recorded on the run's page",
    ],
    next: "Open the runs",
  },
  maturity: {
    title: "Maturity",
    lead: "A self-assessment that proves itself from what your runs have done. The facts it needs are kept from your first run on.",
    will: [
      "A map of five by five: levels for culture, design, build, test and reporting",
      "For each practice the rule in words, the releases that counted, and those that did not",
      "The next best practice for each app, and why it is the next",
    ],
    today: [
      "Runs keep which practices ran, what they found, and how long people waited",
      "The three questions about your needs are in the settings",
    ],
    next: "Answer the three questions",
  },
  journal: {
    title: "Journal",
    lead: "Decisions, improvements and incidents, tied to the numbers they were about.",
    will: [
      "Decisions with the metric they are meant to move, and whether it moved",
      "Improvement items with before and after",
      "Incidents with what happened, minute by minute",
      "Reports that are written at a set time",
    ],
    today: [
      "The history of runs is complete: who did what, when, why, and what came of it",
      "Notes to verdicts are kept with the release",
    ],
    next: "Open the runs",
  },
  library: {
    title: "Library",
    lead: "Things to take from: templates of pipelines, kinds of steps, and maturity models.",
    will: [
      "Templates that make a pipeline for a kind of app",
      "Kinds of steps of your own, shared between apps",
      "Maturity models to choose from, and your own",
    ],
    today: [
      "An app without a file gets its pipeline by detection; nothing has to be written",
      "Compose and Kamal configurations can be taken over when you open their folder",
      "The guide explains every key of seatrial.toml",
    ],
    next: "Open the guide",
  },
};
