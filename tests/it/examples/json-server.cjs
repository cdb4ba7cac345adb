// JSONPlaceholder on a free port: json-server with the data set of jsonplaceholder, both from `node_modules` in the working
// directory. Prints its address, notes each request before it is answered, and ends when its standard input does.
//
//   GET /__calls   the requests since the last time, as lines of `METHOD path`
const from = require("node:module").createRequire(`${process.cwd()}/`);
const server = from("json-server");

const calls = [];
const app = server.create();
app.get("/__calls", (_, response) => response.type("text").send(calls.splice(0).join("\n")));
app.use((request, _, next) => {
  calls.push(`${request.method} ${request.url}`);
  next();
});
app.use(server.defaults({ logger: false, bodyParser: true }));
app.use(server.router(JSON.parse(JSON.stringify(from("jsonplaceholder/data.json")))));

const listener = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${listener.address().port}`));
process.stdin.on("end", () => process.exit(0)).resume();
