"""Runs the definition of a table and queries on the table on Spark, and compares the output with the output for S3.

    python3 tests/engine/spark.py [--programs target/debug] [--queries 10] [--seed 1]

Needs Java 17 and the Python packages pyspark, sqlglot, duckdb and trino-sql-validator. The table is created with the
text that `ct-fetch athena-ddl` prints. Spark ignores partition projection, so each folder is added as a partition.
"""

import argparse
import pathlib
import random
import subprocess
import tempfile
import threading
import time

import sqlglot
import trino_sql_validator
from pyspark.sql import SparkSession

import athena


class Spark(athena.Athena):
    """Implements Athena's operations with Spark, on the table that `define` creates."""

    folder = None

    def GetTableMetadata(self, body):
        return athena.metadata("ct_raw")

    def StartQueryExecution(self, body):
        sql = body["QueryString"]
        if not trino_sql_validator.validate(sql).valid:
            raise ValueError(f"Trino does not parse: {sql}")
        sql = sql.replace('"default"."ct_raw"', "lines").replace('"$path"', "path_of_file")
        translated = sqlglot.transpile(sql, read="trino", write="spark")[0]
        with self.lock:
            number = f"q-{len(self.results)}"
            self.results[number] = None
        threading.Thread(target=self.execute, args=(number, translated), daemon=True).start()
        return {"QueryExecutionId": number}

    def execute(self, number, sql):
        rows = [tuple(row) for row in self.database.sql(sql).collect()]
        key = lambda path: "s3://trail/" + path.split(str(self.folder) + "/", 1)[1]
        self.results[number] = [("path", "files")] + [(key(path), files) for path, files in rows]

    def GetQueryExecution(self, body):
        if self.results[body["QueryExecutionId"]] is None:
            return {"QueryExecution": {"Status": {"State": "RUNNING"}}}
        return super().GetQueryExecution(body)


def define(session, programs, folder):
    """Creates the table that `ct-fetch athena-ddl` defines over the local `folder`, with one partition per subfolder."""
    asked = ["--account", ",".join(athena.ACCOUNTS), "--region", ",".join(athena.REGIONS)]
    printed = subprocess.run([programs / "ct-fetch", "athena-ddl", "s3://trail/AWSLogs/", *asked],
                             check=True, capture_output=True, text=True).stdout
    session.sql(printed.rstrip().rstrip(";").replace("s3://trail/", f"file://{folder}/"))
    places = sorted({path.parent for path in folder.rglob("*.json.gz") if "CloudTrail-Digest" not in str(path)})
    for place in places:
        _, account, kind, region, *day = place.relative_to(folder).parts
        session.sql(f"ALTER TABLE ct_raw ADD PARTITION (account='{account}', kind='{kind}', region='{region}', "
                    f"day='{'/'.join(day)}') LOCATION 'file://{place}'")
    session.sql("CREATE TEMPORARY VIEW lines AS SELECT input_file_name() AS path_of_file, * FROM ct_raw")
    return len(places)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=pathlib.Path, default=pathlib.Path("target/debug"))
    parser.add_argument("--queries", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    programs, begun = arguments.programs.resolve(), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch).resolve() / "trail"
        subprocess.run([programs / "ct-sim", "--generate", "40", "--seed", str(arguments.seed), "--from", athena.DAY.format(1),
                        "--until", athena.DAY.format(4), "--regions", ",".join(athena.REGIONS),
                        "--accounts", ",".join(athena.ACCOUNTS), "--write-trail", folder],
                       check=True, stderr=subprocess.DEVNULL)
        athena.unusual_files(folder)
        session = SparkSession.builder.master("local[2]").enableHiveSupport()
        settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.log.level": "ERROR",
                    "spark.sql.warehouse.dir": f"{scratch}/warehouse",
                    "spark.driver.extraJavaOptions": f"-Dderby.system.home={scratch}",
                    "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:{scratch}/metastore;create=true"}
        for name, value in settings.items():
            session = session.config(name, value)
        Spark.database, Spark.folder = session.getOrCreate(), folder
        partitions = define(Spark.database, programs, folder)
        sim, environment = athena.serve(Spark, programs, folder)
        chance, values = random.Random(arguments.seed), athena.values_of(folder)
        found = 0
        try:
            for _ in range(arguments.queries):
                asked = athena.options(chance, values)
                found += athena.compare(programs, environment, (athena.LOCATION, "athena:ct_raw"), asked)
        finally:
            sim.terminate()
            Spark.database.stop()
        print(f"{arguments.queries} queries over {partitions} partitions on Spark: outputs equal, {found} records in all; "
              f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
