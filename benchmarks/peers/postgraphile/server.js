// PostGraphile 5 as its users run it: the amber preset on our own tables, in library mode on Node's
// http server; what is not a column or a relation is a plan or a function in the database.
import { createServer } from "node:http";

import { createVerifier } from "fast-jwt";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

import { TiersPlugin } from "./tiers.js";

const POOL_SIZE = 20;

const verify = createVerifier({
  key: process.env.AUTH_SECRET,
  algorithms: ["HS256"],
  allowedIss: process.env.AUTH_ISSUER,
  allowedAud: process.env.AUTH_AUDIENCE,
});

// Every operation is an admin's: row level security, which costs each request a transaction, is
// left out.
function requireAdmin({ node }) {
  const { authorization } = node?.req.headers ?? {};
  if (!authorization || verify(authorization.slice("Bearer ".length)).role !== "admin") {
    throw new Error("an admin's token, please");
  }
  return {};
}

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [TiersPlugin],
  pgServices: [
    makePgService({
      schemas: ["public", "bench"],
      poolConfig: { max: POOL_SIZE },
    }),
  ],
  grafast: { context: requireAdmin, explain: false },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
});

const server = createServer();
const serv = pgl.createServ(grafserv);
await serv.addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1");
process.once("SIGTERM", async () => {
  server.close();
  server.closeIdleConnections();
  await serv.release();
  await pgl.release();
  process.exit(0);
});
