// Runs Lemon Squeezy's own client against another server: `node ask.js BASE` with {"act", "args"} on standard input.
// The client's base address is fixed, so its fetch is sent elsewhere; nothing else is touched.
import * as client from "@lemonsqueezy/lemonsqueezy.js";
import { readFileSync } from "node:fs";

const base = process.argv[2];
const realFetch = globalThis.fetch;
globalThis.fetch = (address, options) => realFetch(base + new URL(address).pathname, options);

const { act, args } = JSON.parse(readFileSync(0, "utf8"));
const { statusCode, data, error } = await client[act](...args);
console.log(JSON.stringify({ statusCode, data, error: error && { message: error.message, cause: String(error.cause) } }));
