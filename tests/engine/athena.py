"""Runs the queries of `ct-fetch --from athena:TABLE` on a real engine, and compares the output with the output for S3.

    python3 tests/engine/athena.py [--programs target/debug] [--queries 1000] [--seed 1] [--folder]

Needs the Python packages sqlglot, duckdb and trino-sql-validator. ct-sim generates an archive, to which this script adds
unusual records, and serves it over S3. This script implements Athena's operations: Trino's parser checks every query,
sqlglot translates it for DuckDB, and DuckDB runs it on tables with the rows of the same files.
"""

import argparse
import collections
import gzip
import http.server
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import threading
import time

import duckdb
import sqlglot
import trino_sql_validator

ACCOUNTS = ["111122223333", "444455556666"]
REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-2"]
DAY = "2026-01-{:02}"
IDENTITY = "type principalid arn accountid accesskeyid username invokedby".split()
TEXTS = (
    "eventversion eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage "
    "requestid eventid eventtype recipientaccountid eventcategory readonly managementevent"
).split()
DOCUMENTS = "requestparameters responseelements additionaleventdata".split()
LOCATION = "s3://trail/AWSLogs/"


def unusual_files(folder):
    """Adds files whose records are escaped, span many lines, or have unusual values and times."""
    base = {
        "eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "awsRegion": "us-east-1",
        "recipientAccountId": ACCOUNTS[0], "eventCategory": "Management", "sourceIPAddress": "192.0.2.77",
    }
    variants = [
        {"eventName": "Cre%ate_U'ser", "userIdentity": {"type": "IAMUser", "userName": "O'Brien"}},
        {"eventTime": "2026-01-03T02:00:00+02:00"},
        {"eventTime": "2026-01-03T00:00:00.500Z"},
        {"sourceIPAddress": "::ffff:192.0.2.77"},
        {"sourceIPAddress": "2001:db8::1"},
        {"userIdentity": {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNTS[0]}:root", "accountId": ACCOUNTS[0]}},
        {"userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNTS[0]}:assumed-role/ops/bob"}},
        {"requestParameters": {"bucketName": "trail-\u00fc\n", "n": 1.50, "deep": {"key": "a\"b\\c"}}},
        {"recipientAccountId": None, "userIdentity": {"type": "IAMUser", "accountId": ACCOUNTS[0], "userName": "carol"}},
        {"errorCode": "AccessDenied", "errorMessage": "x" * 50, "readOnly": True},
    ]
    escape = lambda text: re.sub(r"[A-Za-z]", lambda one: "\\u%04x" % ord(one.group()), text)
    for number, variant in enumerate(variants):
        record = base | {"eventTime": "2026-01-03T00:00:00Z", "eventID": f"unusual-{number}"} | variant
        escaped = json.dumps(record).replace('"CreateUser"', '"' + escape("CreateUser") + '"')
        texts = [json.dumps(record), escaped.replace("unusual", "escaped"),
                 json.dumps(record, indent=1).replace("unusual", "lines")]
        for form, text in enumerate(texts):
            name = f"{ACCOUNTS[0]}_CloudTrail_us-east-1_20260103T0005Z_u{number}f{form}.json.gz"
            path = folder / "AWSLogs" / ACCOUNTS[0] / "CloudTrail/us-east-1/2026/01/03" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(('{"Records":[' + text + "]}").encode()))


def lower(value):
    return {name.lower(): item for name, item in value.items() if item is not None}


def cell(record, name):
    """The value of a field as CloudTrail's input format and a JSON SerDe show it: strings unchanged, other values as JSON."""
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def load(database, folder):
    lines, records = [], []
    for path in sorted(folder.rglob("*.json.gz")):
        key = str(path.relative_to(folder))
        if "CloudTrail-Digest" in key:
            continue
        parts = key.split("/")
        place = [f"s3://trail/{key}", parts[1], parts[2], parts[3], "/".join(parts[4:7])]
        text = gzip.decompress(path.read_bytes()).decode()
        lines += [place + [line] for line in text.split("\n")]
        for record in json.loads(text)["Records"]:
            record = lower(record)
            identity = lower(record.get("useridentity") or {})
            records.append(
                place + [cell(record, name) for name in TEXTS] + [{name: cell(identity, name) for name in IDENTITY}]
                + [cell(record, name) for name in DOCUMENTS]
            )
    keys = '"$path" VARCHAR, account VARCHAR, kind VARCHAR, region VARCHAR, "timestamp" VARCHAR'
    database.execute(f"CREATE TABLE ct_raw ({keys.replace('timestamp', 'day')}, line VARCHAR)")
    identity = ", ".join(f"{name} VARCHAR" for name in IDENTITY)
    columns = [f"{name} VARCHAR" for name in TEXTS] + [f"useridentity STRUCT({identity})"]
    columns += [f"{name} VARCHAR" for name in DOCUMENTS]
    database.execute(f"CREATE TABLE cloudtrail_logs ({keys}, {', '.join(columns)})")
    for table, rows in [("ct_raw", lines), ("cloudtrail_logs", records)]:
        names = [name for name, *_ in database.execute(f"DESCRIBE {table}").fetchall()]
        path = folder.parent / f"{table}.ndjson"
        path.write_text("".join(json.dumps(dict(zip(names, row))) + "\n" for row in rows))
        types = {name: kind for name, kind, *_ in database.execute(f"DESCRIBE {table}").fetchall()}
        database.execute(f"INSERT INTO {table} SELECT * FROM read_json('{path}', columns={types}, "
                         "format='newline_delimited', maximum_object_size=100000000)")
    return len(set(row[0] for row in lines)), len(records)


def metadata(table):
    days = "day" if table == "ct_raw" else "timestamp"
    parameters = {
        "location": LOCATION, "projection.enabled": "true",
        "projection.account.type": "enum", "projection.account.values": ",".join(ACCOUNTS),
        "projection.kind.type": "enum", "projection.kind.values": "CloudTrail,CloudTrail-Insight,CloudTrail-NetworkActivity",
        "projection.region.type": "enum", "projection.region.values": ",".join(REGIONS),
        f"projection.{days}.type": "date", f"projection.{days}.format": "yyyy/MM/dd",
        f"projection.{days}.range": "2020/01/01,NOW",
        "storage.location.template": LOCATION + "${account}/${kind}/${region}/${" + days + "}",
    }
    if table == "ct_raw":
        columns = [("line", "string")]
        parameters["inputformat"] = "org.apache.hadoop.mapred.TextInputFormat"
    else:
        members = ",".join(f"{name}:string" for name in IDENTITY)
        columns = [(name, "string") for name in TEXTS + DOCUMENTS] + [("useridentity", f"struct<{members}>")]
        parameters["inputformat"] = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"
    column = lambda name, kind: {"Name": name, "Type": kind}
    keys = ["account", "kind", "region", days]
    return {"TableMetadata": {
        "TableType": "EXTERNAL_TABLE", "Columns": [column(*pair) for pair in columns],
        "PartitionKeys": [column(key, "string") for key in keys], "Parameters": parameters,
    }}


class Athena(http.server.BaseHTTPRequestHandler):
    """Implements Athena's operations with DuckDB."""

    protocol_version = "HTTP/1.1"
    database, lock, results, selected = None, threading.Lock(), {}, collections.Counter()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].split(".")[1]
        answer = json.dumps(getattr(self, operation)(body)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass

    def GetTableMetadata(self, body):
        return metadata(body["TableName"])

    def StartQueryExecution(self, body):
        sql = body["QueryString"]
        if not trino_sql_validator.validate(sql).valid:
            raise ValueError(f"Trino does not parse: {sql}")
        translated = sqlglot.transpile(sql, read="trino", write="duckdb")[0].replace('"default".', "")
        with self.lock:
            rows = self.database.execute(translated).fetchall()
            number = f"q-{len(self.results)}"
            self.results[number] = [("path", "files")] + rows
            self.selected[len(rows)] += 1
        return {"QueryExecutionId": number}

    def GetQueryExecution(self, _):
        return {"QueryExecution": {"Status": {"State": "SUCCEEDED"}, "Statistics": {"DataScannedInBytes": 1}}}

    def GetQueryResults(self, body):
        rows = self.results[body["QueryExecutionId"]]
        start = int(body.get("NextToken", "0"))
        data = [{"Data": [{"VarCharValue": str(value)} for value in row]} for row in rows[start:start + 1000]]
        answer = {"ResultSet": {"Rows": data}}
        if start + 1000 < len(rows):
            answer["NextToken"] = str(start + 1000)
        return answer


def options(chance, values):
    """Returns the options of a random query."""
    pick = lambda name: chance.choice(values[name])

    def pattern(text):
        text = re.sub(r"([*!,\\])", r"\\\1", text)
        cut = chance.randrange(len(text) + 1)
        form = chance.random()
        text = text if form < 0.5 else text[:cut] + "*" if form < 0.75 else "*" + text[cut:]
        return ("!" if chance.random() < 0.15 else "") + text

    asked = []
    for _ in range(chance.choice([1, 1, 2, 2, 3])):
        name = chance.choice(["event-name", "event-source", "access-key", "username", "event-id", "where", "where",
                              "source-ip", "error", "resource-name"])
        if name == "where":
            field = chance.choice(list(values["fields"]))
            value = pattern(chance.choice(values["fields"][field]))
            asked += ["--where", field if chance.random() < 0.1 else f"{field}={value}"]
        elif name == "source-ip":
            address = pick("source-ip")
            bits = chance.choice(["", "/32", "/24", "/16", "/9"]) if ":" not in address else ""
            asked += ["--source-ip", address + bits]
        else:
            asked += [f"--{name}", pattern(pick(name))]
            if chance.random() < 0.3:
                asked += [f"--{name}", pattern(pick(name))]
    if chance.random() < 0.4:
        asked += ["--region", ",".join(chance.sample(REGIONS, chance.choice([1, 2])))]
    if chance.random() < 0.3:
        asked += ["--account", chance.choice(ACCOUNTS)]
    if chance.random() < 0.2:
        asked += ["--category", chance.choice(["management", "data", "insight"])]
    if chance.random() < 0.6:
        days = sorted(chance.sample(range(1, 8), 2))
        clock = lambda: f"T{chance.randrange(24):02}:{chance.randrange(60):02}:00Z"
        asked += ["--since", DAY.format(days[0]) + clock(), "--until", DAY.format(days[1]) + clock()]
    if chance.random() < 0.3:
        asked += ["--late", chance.choice(["0m", "15m", "2d"])]
    asked += ["--order", chance.choice(["newest", "oldest"])]
    return asked


def values_of(folder):
    values = collections.defaultdict(set)
    fields = collections.defaultdict(set)

    def walk(path, value):
        if isinstance(value, dict):
            for name, item in value.items():
                if re.fullmatch(r"[A-Za-z]+", name):
                    walk(path + [name], item)
        elif value is not None and not isinstance(value, list) and path:
            text = value if isinstance(value, str) else json.dumps(value)
            if text and text.isprintable():
                fields[".".join(path)].add(text)

    for path in folder.rglob("*.json.gz"):
        if "CloudTrail-Digest" in str(path):
            continue
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            walk([], record)
            identity = record.get("userIdentity") or {}
            arn = identity.get("arn", "")
            values["username"] |= {identity.get("userName") or arn.split("/")[-1] or "root", "root"}
            values["access-key"].add(identity.get("accessKeyId") or "AKIAIOSFODNN7EXAMPLE")
    values["event-name"], values["event-source"] = fields["eventName"], fields["eventSource"]
    values["event-id"], values["error"] = fields["eventID"], fields["errorCode"]
    values["resource-name"] = fields["requestParameters.bucketName"] | {"no-such-thing"}
    address = re.compile(r"[0-9.]+|[0-9a-f:.]+:[0-9a-f:.]+")
    values["source-ip"] = {each for each in fields["sourceIPAddress"] if address.fullmatch(each)}
    listed = {name: sorted(known) for name, known in values.items()}
    return listed | {"fields": {name: sorted(known)[:200] for name, known in fields.items()}}


def serve(handler, programs, folder):
    """Serves Athena with `handler` and S3 with ct-sim, and returns ct-sim's process and the environment for clients."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sim = subprocess.Popen([programs / "ct-sim", "--bucket", f"trail={folder}"], stdout=subprocess.PIPE, text=True)
    exports = sim.stdout.read()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= dict(re.findall(r"(AWS_\w+)='?([^'\s;]+)", exports))
    environment["AWS_ENDPOINT_URL_ATHENA"] = f"http://127.0.0.1:{server.server_port}"
    return sim, environment


def compare(programs, environment, sources, asked):
    """Runs ct-fetch on two sources, and returns the number of records. Exits if the outputs or the exit statuses differ."""
    run = lambda source: subprocess.run([programs / "ct-fetch", "-q", "--from", source, *asked],
                                        env=environment, capture_output=True)
    expected, got = map(run, sources)
    if (expected.stdout, expected.returncode) != (got.stdout, got.returncode):
        lines = [len(one.stdout.splitlines()) for one in (expected, got)]
        raise SystemExit(f"{sources[1]} {asked}: {lines} lines, {got.returncode}: {got.stderr.decode()}")
    return len(got.stdout.splitlines())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("target/debug"))
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=600)
    parser.add_argument("--folder", action="store_true", help="compare with the folder, which is faster than S3")
    arguments = parser.parse_args()
    programs = arguments.programs.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "trail"
        command = [programs / "ct-sim", "--generate", str(arguments.records), "--seed", str(arguments.seed), "--from", DAY.format(1),
                   "--until", DAY.format(7), "--regions", ",".join(REGIONS), "--accounts", ",".join(ACCOUNTS),
                   "--categories", "management,data,network,insight", "--duplicates", "10%", "--write-trail", folder]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        unusual_files(folder)
        Athena.database = duckdb.connect()
        files, records = load(Athena.database, folder)
        sim, environment = serve(Athena, programs, folder)
        chance, values = random.Random(arguments.seed), values_of(folder)
        found, empty, begun = 0, 0, time.monotonic()
        try:
            for number in range(arguments.queries):
                asked = options(chance, values)
                source = ["athena:ct_raw", "athena:cloudtrail_logs"][number % 2]
                known = folder / "AWSLogs" if arguments.folder else LOCATION
                lines = compare(programs, environment, (known, source), asked)
                found += lines
                empty += not lines
        finally:
            sim.terminate()
        selected = sum(rows * number for rows, number in Athena.selected.items())
        share = 100 * selected / (files * arguments.queries)
        print(f"{arguments.queries} queries over {files} files with {records} records: outputs equal; {empty} were empty, "
              f"{found} records in all; {share:.0f} % of the files were selected; {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
