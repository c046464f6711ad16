// NEM by nem-sdk. Standard input: JSON [{entity, data, signature}], a transaction as a node tells it, and its bytes and
// signature in hex. Standard output: a verdict each, true or what is wrong.
const nem = require("nem-sdk").default;

function judged({ entity, data, signature }) {
  const bytes = nem.utils.convert.ua2hex(nem.utils.serialization.serializeTransaction(entity));
  if (bytes !== data) return `it has other bytes: ${bytes}`;
  return nem.crypto.verifySignature(entity.signer, data, signature) || "the signature is not right";
}

const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", () => {
  process.stdout.write(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()).map(judged)));
});
