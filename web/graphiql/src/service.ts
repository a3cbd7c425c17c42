/** Requests to the service: always to our own origin, never with a cookie. */

import { isRecord } from "./answers";

const GRAPHQL = "/graphql";
const TOKEN = "/graphiql/token";

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Sends an operation with the token, or anonymously without one. */
export async function ask(request: object, token: string | null): Promise<Answer> {
  const headers = new Headers({
    accept: "application/json",
    "content-type": "application/json",
  });
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  return send(GRAPHQL, { method: "POST", headers, body: JSON.stringify(request) });
}

/** Returns a token of the running service, or null if it issues none to this browser. */
export async function requestToken(): Promise<string | null> {
  const { body } = await send(TOKEN, { method: "POST" });
  const token = body["token"];
  return typeof token === "string" ? token : null;
}

/** Whether the service issues tokens. */
export function handsOutTokens(): boolean {
  const source = document.querySelector<HTMLMetaElement>('meta[name="token-source"]');
  return source?.content === "server";
}

/** Returns the codes of an answer's errors, such as FORBIDDEN; a problem has just one. */
export function codesOf({ body }: Answer): string[] {
  const errors = Array.isArray(body["errors"]) ? body["errors"] : [];
  const extensions = errors.map((error: unknown) => (isRecord(error) ? error["extensions"] : null));
  return [body, ...extensions]
    .map((holder) => (isRecord(holder) ? holder["code"] : null))
    .filter((code) => typeof code === "string");
}

async function send(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(path, {
    ...init,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  });
  const body: unknown = await response.json();
  return { status: response.status, body: isRecord(body) ? body : {} };
}
