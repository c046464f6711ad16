// Dash by dashcore-lib. Standard input: JSON {transactions: [{transaction, spent: [{units, script}]}], addresses:
// [{text, network}]}. Standard output: for a transaction true, or the input that fails and why, after its interpreter
// has run every input with every flag; for an address its script in hex, or what is wrong.
const { Address, Script, Transaction } = require("@dashevo/dashcore-lib");

const { Interpreter } = Script;
const FLAGS =
  Interpreter.SCRIPT_VERIFY_P2SH |
  Interpreter.SCRIPT_VERIFY_STRICTENC |
  Interpreter.SCRIPT_VERIFY_DERSIG |
  Interpreter.SCRIPT_VERIFY_LOW_S |
  Interpreter.SCRIPT_VERIFY_NULLDUMMY |
  Interpreter.SCRIPT_VERIFY_SIGPUSHONLY |
  Interpreter.SCRIPT_VERIFY_MINIMALDATA |
  Interpreter.SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY |
  Interpreter.SCRIPT_VERIFY_CHECKSEQUENCEVERIFY;

function judged({ transaction, spent }) {
  try {
    const tx = new Transaction(transaction);
    if (tx.toString() !== transaction) return "it is written otherwise";
    if (tx.type) return `special transaction, type ${tx.type}`;
    for (let index = 0; index < tx.inputs.length; index += 1) {
      const interpreter = new Interpreter();
      const lock = new Script(spent[index].script);
      if (!interpreter.verify(tx.inputs[index].script, lock, tx, index, FLAGS)) {
        return `input ${index}: ${interpreter.errstr}`;
      }
    }
    return true;
  } catch (error) {
    return String(error.message);
  }
}

function locked({ text, network }) {
  try {
    return Script.fromAddress(Address.fromString(text, network)).toHex();
  } catch (error) {
    return String(error.message);
  }
}

const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", () => {
  const asked = JSON.parse(Buffer.concat(chunks).toString());
  const answer = { transactions: asked.transactions.map(judged), addresses: asked.addresses.map(locked) };
  process.stdout.write(JSON.stringify(answer));
});
