// What a developer writes with Vercel's AI SDK, for each of its providers; as `telling.py` says of the programs beside.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, isStepCount, jsonSchema, streamText, tool } from "ai";

const [api, what, model] = process.argv.slice(2);
const baseURL = process.env.OPENAI_BASE_URL;
const apiKey = process.env.OPENAI_API_KEY;
const choose = {
  compatible: () => createOpenAICompatible({ name: "portal", baseURL, apiKey })(model),
  chat: () => createOpenAI({ baseURL, apiKey }).chat(model),
  responses: () => createOpenAI({ baseURL, apiKey })(model),
  messages: () => createAnthropic({ baseURL, apiKey })(model),
}[api];

const DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const parameters = { type: "object", properties: { path: { type: "string" } }, required: ["path"] };
const tools = {
  read_file: tool({
    description: "Reads a file.",
    inputSchema: jsonSchema(parameters),
    execute: async () => "round(x, 2)",
  }),
};

// It asks three times and raises an error of its own else, after some seconds.
const asked = (prompt) => ({ model: choose(), instructions: "Be short.", prompt, maxRetries: 0, onError: () => {} });
const said = (text, reason, counted) => [text, reason, counted.inputTokens, counted.outputTokens];
const words = (error) => [[error.name], error.statusCode ?? null, error.message ?? String(error)];

async function chat(question = "Where is rounding done?") {
  const { text, finishReason, usage } = await generateText(asked(question));
  return said(text, finishReason, usage);
}

async function streamed() {
  const stream = streamText(asked("Where is rounding done?"));
  let text = "";
  for await (const piece of stream.textStream) text += piece;
  return said(text, await stream.finishReason, await stream.usage);
}

async function called() {
  const stream = streamText({ ...asked("Where is rounding done?"), tools, stopWhen: isStepCount(3) });
  await stream.consumeStream();
  const steps = await stream.steps;
  const [call] = steps[0].toolCalls;
  return [call.toolName, call.input, steps.at(-1).text];
}

async function picture() {
  const content = [
    { type: "text", text: "What is this?" },
    { type: "file", data: DOT, mediaType: "image/png" },
  ];
  const { text } = await generateText({ model: choose(), messages: [{ role: "user", content }] });
  return text;
}

async function refused(question) {
  try {
    return await chat(question);
  } catch (error) {
    return words(error);
  }
}

async function failures() {
  const told = [];
  for (const status of [400, 429, 500]) told.push(await refused(`Fail with ${status}.`));
  return told;
}

async function breaks() {
  let read = "";
  for await (const part of streamText(asked("Break off.")).fullStream) {
    if (part.type === "text-delta") read += part.text;
    if (part.type === "error") return [read, ...words(part.error)];
  }
  return [read];
}

async function leaves() {
  const abort = new AbortController();
  for await (const piece of streamText({ ...asked("Wait."), abortSignal: abort.signal }).textStream) {
    abort.abort();
    return piece;
  }
}

const asks = { chat, streamed, tool: called, picture, refused, failures, breaks, leaves };
const told = {};
for (const name of what.split(",")) told[name] = await asks[name]();
console.log(JSON.stringify(told));
