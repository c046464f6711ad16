// Bitcoin Cash by libauth. Standard input: JSON {transactions: [{transaction, spent: [{units, script}]}], addresses:
// [{text}]}, bytes in hex, amounts as decimal strings; a script with its token prefix where it has one. Standard output: the same lists, each with a verdict: true or
// what is wrong for a transaction; the locking script in hex or what is wrong for an address.
import {
  bigIntToCompactUint,
  binToHex,
  cashAddressToLockingBytecode,
  createVirtualMachineBCH,
  decodeTransactionBCH,
  flattenBinArray,
  hexToBin,
  readLockingBytecodeWithPrefix,
} from "@bitauth/libauth";

const machine = createVirtualMachineBCH(true);

function judged({ transaction, spent }) {
  const decoded = decodeTransactionBCH(hexToBin(transaction));
  if (typeof decoded === "string") return decoded;
  const sourceOutputs = spent.map(({ units, script }) => ({ ...parted(hexToBin(script)), valueSatoshis: BigInt(units) }));
  return machine.verify({ sourceOutputs, transaction: decoded });
}

function parted(script) {
  const bin = flattenBinArray([bigIntToCompactUint(BigInt(script.length)), script]);
  const read = readLockingBytecodeWithPrefix({ bin, index: 0 });
  return typeof read === "string" ? { lockingBytecode: script } : read.result;
}

function locked(text) {
  const found = cashAddressToLockingBytecode(text);
  return typeof found === "string" ? found : binToHex(found.bytecode);
}

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const asked = JSON.parse(Buffer.concat(chunks).toString());
const answer = { transactions: asked.transactions.map(judged), addresses: asked.addresses.map(locked) };
process.stdout.write(JSON.stringify(answer));
