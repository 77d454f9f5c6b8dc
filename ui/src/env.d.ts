/// <reference types="vite/client" />

/** Whether this build carries the in-memory backend of demonstrations and tests. */
declare const __DEMO__: boolean;
