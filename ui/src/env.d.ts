/// <reference types="vite/client" />

/** Whether this build carries the in-memory backend of demonstrations and tests. */
declare const __DEMO__: boolean;

/** The user guide, rendered when the page is built. */
declare module "virtual:guide" {
  export const pages: { id: string; title: string; parts: { id: string; title: string }[]; html: string }[];
}
