// Words for somebody who is here for the first time.

export const welcome = {
  title: "Welcome aboard",
  lead: "Give Seatrial a folder with your software. It shows what it would do, does it on your say, and proves with real requests that nobody noticed.",
  questions: {
    title: "What do you need?",
    lead: "Three questions, answered with a click. They choose what is suggested to you; nothing depends on them, and Settings can change them.",
    skip: "Skip the questions",
    show: "Answer three questions",
    keeping: "Keeping your answer …",
    kept: "Kept.",
    suggestions: "For you",
    noSuggestions: "Suggestions appear here as you answer.",
  },
  who: {
    title: "Who are you?",
    options: {
      alone: ["One person", "I build it and I run it."],
      team: ["A team", "A few of us share the work."],
      organisation: ["An organisation", "Others decide with us."],
    },
  },
  meaning: {
    title: "What does the app mean to you?",
    options: {
      hobby: ["A hobby", "It may be down for a day."],
      useful: ["Useful", "People would miss it."],
      business: ["Business", "An hour down costs money."],
      critical: ["Critical", "It must not be down."],
    },
  },
  practical: {
    title: "What is practical?",
    options: {
      "this-machine": ["This machine", "Docker, right here."],
      "one-server": ["One server", "Reached over SSH."],
      "several-servers": ["Several servers", "Staging, production, more."],
    },
  },
  suggest: {
    alone: "One environment and a verdict by policy: nobody has to press a button.",
    team: "Keep `seatrial.toml` in the repository, so that everybody ships the same way.",
    organisation: 'Ask a person for the verdict on production: `verdict = "person"`.',
    hobby: "`live` is enough: the proxy holds requests for the seconds a start takes.",
    useful: "`blue-green`, the default: the old version answers until the new one is healthy.",
    business: 'Add a smoke request for what earns the money, and go back by itself: `on_no_go = "rollback"`.',
    critical: "A staging environment before production, and promote the very image that was tried there.",
    "this-machine": "Your app answers at `NAME.localhost`, from this machine's Docker.",
    "one-server": "Add it under Environments, Servers: then its environment is one click in the pipeline.",
    "several-servers":
      "One environment for each server: add them under Environments, Servers, and promote from one to the next.",
  },
  import: {
    title: (tool: string) => `This folder has a configuration for ${tool}`,
    lead: (file: string) =>
      `Read from \`${file}\`. Nothing is written yet. Take it over as \`seatrial.toml\`, or go on with what was recognised.`,
    looking: "Looking for configurations of other tools …",
    taken: "Taken over",
    takenNothing: "Nothing could be taken over.",
    left: "Left for you",
    leftNothing: "Nothing is left out.",
    text: "seatrial.toml that would be written",
    take: "Write it and go on",
    writing: "Writing seatrial.toml …",
    skip: "Go on without it",
  },
  steps: [
    [
      "Open a folder",
      "A Dockerfile, a compose file, a static site or a Node, Python, Go or Rust project. Nothing runs yet.",
    ],
    [
      "Read the plan",
      "What is there, what will be, how traffic moves, which checks decide, and the way back.",
    ],
    ["Ship", "A health-checked release at an address on this machine, measured and reversible."],
  ],
} as const;
