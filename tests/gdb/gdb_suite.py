#!/usr/bin/env python3
"""Runs gdb with its script for goconc on programs, live and dead, and checks what it says.

The library is stripped, as in a release; the programs have debug information. Each of gdb's runs has a
time limit. REPORT_DIR gets a JUnit report.
"""
import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SCRIPT = ROOT / "pkg/gdb/goconc-gdb.py"
SECONDS = 100  # for one run of gdb; far more than it takes
AARCH64 = Path("/usr/aarch64-linux-gnu")  # what its programs are linked with

build = None  # where the library is
build_for_aarch64 = None  # the same; None: it is not looked at
scratch = None  # where the programs are
cache = {}


# --- Programs and gdb ------------------------------------------------------------------------------


def once(make):
    """What `make` has made for these arguments is kept."""
    def cached(*arguments):
        key = (make.__name__, *arguments)
        if key not in cache:
            cache[key] = make(*arguments)
        return cache[key]
    return cached


@once
def stripped_library():
    folder = scratch / "lib"
    shutil.copytree(build / "src", folder, symlinks=True,
                    ignore=lambda _, names: [name for name in names if ".so" not in name])
    subprocess.run(["strip", folder / "libgoconc.so"], check=True)
    return folder


@once
def program(name, linkage="shared"):
    source = next((HERE / "programs").glob(f"{name}.c*"))
    path = scratch / f"{name}_{linkage}"
    compiler = ["cc", "-std=c11", "-D_GNU_SOURCE"] if source.suffix == ".c" else ["c++", "-std=c++20"]
    command = [*compiler, "-g", "-O1", "-Wall", "-Wextra", "-Werror", source, "-o", path,
               "-I", ROOT / "include", "-I", ROOT / "src"]
    if linkage == "static":
        command += [build / "src/libgoconc.a", "-lstdc++", "-pthread"]
    elif linkage == "shared":
        command += ["-L", stripped_library(), "-lgoconc", f"-Wl,-rpath,{stripped_library()}"]
    subprocess.run(command, check=True)
    return path


@once
def program_for_aarch64(name):
    path = scratch / f"{name}_aarch64"
    subprocess.run(["aarch64-linux-gnu-gcc", "-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-Wall", "-Wextra",
                    "-Werror", HERE / f"programs/{name}.c", "-o", path, "-I", ROOT / "include",
                    build_for_aarch64 / "src/libgoconc.a", "-lstdc++", "-pthread"], check=True)
    return path


def gdb(arguments, commands, debugger="gdb"):
    """The output of each command, and of the start under None."""
    marked = [part for i, command in enumerate(commands)
              for part in ("-ex", f"echo \\n=={i}==\\n", "-ex", command)]
    run = subprocess.run(
        [debugger, "-nx", "-batch", "-x", SCRIPT, *arguments, *marked], timeout=SECONDS, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    parts = re.split(r"\n==(\d+)==\n", run.stdout)
    return {None: parts[0], **{commands[int(i)]: text for i, text in zip(parts[1::2], parts[2::2])}}


@once
def look(name, linkage, *commands):
    """Stops the program where it wants to be looked at, and lets it end after the commands."""
    said = gdb(["-ex", "break look", "-ex", "run", program(name, linkage)], [*commands, "continue"])
    if ", look ()" not in said[None] and " look () at" not in said[None]:
        raise AssertionError("gdb cannot stop a program here; may this user trace processes (ptrace)? "
                             "gdb says:\n" + said[None])
    return said


def look_under_qemu(name, *commands):
    """The same of a program for aarch64, to which gdb speaks through qemu."""
    socket, path = scratch / "qemu", program_for_aarch64(name)
    qemu = subprocess.Popen(["qemu-aarch64", "-L", AARCH64, "-g", socket, path], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists() and qemu.poll() is None:
            time.sleep(0.01)
        begin = ["set sysroot " + str(AARCH64), f"target remote {socket}", "break look", "continue"]
        return gdb([path, *(part for command in begin for part in ("-ex", command))], commands,
                   "gdb-multiarch")
    finally:
        qemu.kill()
        qemu.wait()


def look_at_core(saves, *commands):
    """What gdb says of `states`, and what it says of a core file that the command has saved then."""
    path = scratch / saves
    save = f"{saves} {path}"
    live = look("states", "shared", *commands, save)
    if not path.exists():
        raise AssertionError(f"{saves} has saved nothing: {live[save]}")
    dead = gdb([program("states"), path], commands)
    path.unlink()  # large
    return live, dead


def rows(listing):
    """Of `info goroutines`: a dictionary for each line."""
    lines = listing.strip().splitlines()
    heads = re.split(r"\s{2,}", lines[0].strip())
    starts = [lines[0].index(head) for head in heads]
    starts[0] = 0  # numbers stand to the right
    ends = starts[1:] + [None]
    return [{head: line[start:end].strip() for head, start, end in zip(heads, starts, ends)}
            for line in lines[1:-1]]


def by_name(listing):
    return {row["Name"]: row for row in rows(listing)}


# --- What is checked -------------------------------------------------------------------------------

STATES = {
    "blocker": ("blocking", "", "blocker"),
    "receiver": ("ready", "", "receiver"), "yielder": ("ready", "", "yielder"),
    "sender": ("waiting", "channel send (goc_chan *)", "sender"),
    "selecter": ("waiting", "select of receive (goc_chan *)", "selecter"),
    "sleeper": ("waiting", "sleep", "sleeper"), "nobody": ("waiting", "select without a channel", "nobody"),
    "counter": ("waiting", "wait group (goc_wg *)", "counter"),
    "locker": ("waiting", "mutex (goc_mutex *)", "locker"),
    "rlocker": ("waiting", "read lock (goc_rwmutex *)", "rlocker"),
    "wlocker": ("waiting", "write lock (goc_rwmutex *)", "wlocker"),
    "conditional": ("waiting", "condition (goc_cond *)", "conditional"),
    "taker": ("waiting", "semaphore (goc_sem *)", "taker"),
    "first": ("waiting", "select without a channel", "never"), "second": ("waiting", "once (goc_once *)", "second"),
    "": ("waiting", "select without a channel", "nobody"),  # of a group
    "looker": ("running", "", "look"), "new": ("new", "", "to call late"),
}


class Crowd(unittest.TestCase):
    """A thousand goroutines."""

    @staticmethod
    def crowd():
        return look("crowd", "shared", "info goroutines", "info goroutines -group", "info goroutines reader",
                    "info goroutines wait*", "info goroutines receive", "info goroutines running",
                    "goroutine all bt", "finish",
                    "frame", "info goroutines -group ")

    def test_all_are_listed_by_name_with_their_state_and_place(self):
        listed = rows(self.crowd()["info goroutines"])
        self.assertEqual(1000, len(listed))
        self.assertEqual(1000, len({row["Id"] for row in listed}))
        self.assertEqual({"waiting"}, {row["State"] for row in listed})
        for name, count, reason, place in (("reader", 600, 'channel receive (goc_chan *) 0x', "fetch at crowd.c:"),
                                           ("waiter", 400, "wait group (goc_wg *) 0x", "waiter at crowd.c:")):
            named = [row for row in listed if row["Name"] == name]
            self.assertEqual(count, len(named))
            for row in named:
                self.assertTrue(row["Waits for"].startswith(reason), row)
                self.assertTrue(row["At"].startswith(place), row)
        self.assertIn('"requests"', listed[0]["Waits for"] + listed[-1]["Waits for"])

    def test_alike_ones_share_a_line(self):
        said = self.crowd()["info goroutines -group"]
        self.assertEqual([("600", "reader"), ("400", "waiter")],
                         [(row["Count"], row["Name"]) for row in rows(said)])
        self.assertEqual("1000 goroutines: 1000 waiting", said.strip().splitlines()[-1])

    def test_it_makes_no_difference_that_the_selected_thread_is_in_main(self):
        said = self.crowd()
        self.assertRegex(said["frame"], "^#0 .*main \\(")
        self.assertEqual(said["info goroutines -group"].strip(), said["info goroutines -group "].strip())

    def test_filters_leave_those_that_fit(self):
        said = self.crowd()
        for command, count in (("reader", 600), ("wait*", 400), ("receive", 600)):
            self.assertEqual(count, len(rows(said[f"info goroutines {command}"])), command)
        self.assertEqual("0 goroutines", said["info goroutines running"].strip())

    def test_all_have_a_backtrace_with_the_programs_functions(self):
        parts = re.split(r"\n(?=Goroutine \d+)", self.crowd()["goroutine all bt"])[1:]
        self.assertEqual(1000, len(parts))
        for part in parts:
            if '"reader"' in part:
                self.assertRegex(part, r"(?s)fetch \(.*fetch \(.*fetch \(.* in reader \(arg=.*crowd\.c:\d+")
            else:
                self.assertRegex(part, r"(?s)\"waiter\".* in waiter \(arg=.*crowd\.c:\d+")
            self.assertNotIn("main (", part)
            self.assertNotIn("look (", part)

    def test_all_come_back_as_they_were(self):
        said = self.crowd()["continue"]
        self.assertIn("1000 goroutines came back as they were", said)
        self.assertIn("exited normally", said)


class States(unittest.TestCase):
    """Each state, and everything that one can wait for."""

    @staticmethod
    def listing():
        return look("states", "shared", "info goroutines")["info goroutines"]

    def assert_states(self, listing):
        found = by_name(listing)
        self.assertEqual(set(STATES), set(found))
        for name, (state, reason, place) in STATES.items():
            row = found[name]
            self.assertEqual(state, row["State"], row)
            self.assertRegex(row["Waits for"], "^" + re.escape(reason) if reason else "^$")
            self.assertEqual(place, row["At"].split(" at ")[0])
        self.assertEqual("18 goroutines: 1 running, 2 ready, 1 new, 13 waiting, 1 blocking",
                         listing.strip().splitlines()[-1])

    def test_are_told(self):
        self.assert_states(self.listing())

    def test_are_told_of_a_static_program(self):
        said = look("states", "static", "info goroutines")
        self.assert_states(said["info goroutines"])
        self.assertIn("states: done", said["continue"])

    def test_one_that_is_between_running_and_a_queue_is_ready(self):
        """At the end of a switch it is in neither; what tells where others wait is its argument here."""
        said = gdb(["-ex", "break yielder", "-ex", "run", program("states", "static")],
                   ["delete", "break goc_context_resumed", "continue", "info goroutines"])
        self.assertEqual("ready", by_name(said["info goroutines"])["yielder"]["State"])

    def test_a_select_names_all_its_channels(self):
        self.assertRegex(by_name(self.listing())["selecter"]["Waits for"],
                         r"^select of receive \(goc_chan \*\) 0x[0-9a-f]+, send \(goc_chan \*\) 0x[0-9a-f]+$")


class OneGoroutine(unittest.TestCase):
    """goroutine ID COMMAND."""

    @staticmethod
    def id_of(name, listing=None):
        return by_name(listing or States.listing())[name]["Id"]

    def ask(self, name, *commands):
        chosen = [f"goroutine {self.id_of(name)} {command}" for command in commands]
        said = look("states", "shared", *chosen)
        return [said[command].strip() for command in chosen]

    def test_the_backtrace_goes_down_to_the_first_function(self):
        backtrace, = self.ask("first", "bt")
        functions = re.findall(r"^#\d+ +(?:0x\w+ in )?(\w+) \(.*states\.c:\d+$", backtrace, flags=re.M)
        self.assertEqual(["never", "first"], functions)

    def test_the_first_frame_of_the_program_is_selected(self):
        frame, local, other = self.ask("sender", "frame", "info locals", "frame function sender")
        self.assertRegex(frame, r"in sender \(arg=.*states\.c:\d+\n")
        self.assertEqual("value = 7", local)
        self.assertRegex(other, r"in sender \(arg=")

    def test_a_static_program_shows_the_frames_of_goconc_by_name(self):
        listing = look("states", "static", "info goroutines")["info goroutines"]
        command = f"goroutine {self.id_of('sender', listing)} bt"
        said = look("states", "static", command)[command]
        self.assertRegex(said, r"(?s)goc_context_switch.*goc::park.* in sender \(arg=.*goc_context_entry")

    def test_one_that_runs_is_shown_on_its_thread(self):
        backtrace, local = self.ask("looker", "bt", "frame function looker")
        self.assertRegex(backtrace, r"(?s)^#0  look \(\).*\n#1 .* in looker \(arg=")
        self.assertIn("looker (arg=", local)

    def test_one_that_has_not_run_says_what_it_will_call(self):
        said, = self.ask("new", "bt")
        self.assertRegex(said, r'^goroutine \d+ "new" has not run yet: it is to call late\.$')

    def test_one_in_goc_blocking_is_shown_up_to_there(self):
        backtrace, = self.ask("blocker", "bt")
        self.assertRegex(backtrace, r"(?s)goc_blocking \(\).*\n#\d+ .* in blocker \(arg=")

    def test_a_command_that_fails_leaves_everything_as_it_was(self):
        sender = self.id_of("sender")
        commands = ["up", "info registers", "frame", "thread", "show backtrace past-main", "bt",
                    f"goroutine {sender} nonsense", f"goroutine {sender} print no_such_variable",
                    f"goroutine {sender} bt", "goroutine all up", "info goroutines"]
        again = [command + " " for command in commands[1:6]]
        said = look("states", "shared", *commands, *again)
        self.assertIn('Undefined command: "nonsense"', said[commands[6]])
        self.assertIn('No symbol "no_such_variable"', said[commands[7]])
        for command in commands[1:6]:
            self.assertEqual(said[command].strip(), said[command + " "].strip())
            self.assertNotEqual("", said[command].strip())
        self.assertIn("states: done", said["continue"])
        self.assertIn("exited normally", said["continue"])


class Objects(unittest.TestCase):
    """Pretty printers."""

    EXPECTED = {
        "inbox": r"\(goc_chan \*\) 0x\w+: elements of 4 bytes, unbuffered, open",
        "outbox": r'.*unbuffered, open; senders: goroutine \d+ "sender"',
        "left": r'.*elements of 4 bytes, 0 of 4, open; receivers: goroutine \d+ "selecter"',
        "right": r'.*unbuffered, open; senders: goroutine \d+ "selecter"',
        "three": r".*elements of 4 bytes, 2 of 3, closed",
        "words": r".*elements of 8 bytes, unbuffered, open; receivers: an operation",
        "released": r"\(goc_chan \*\) 0x\w+ <released>",
        "(goc_chan *) wg": r"\(goc_chan \*\) 0x\w+ <no goc_chan>",
        "(goc_chan *) 64": r"0x40 <Cannot access memory at address 0x0>",
        "(goc_chan *) 0": r"0x0|\(goc_chan \*\) 0x0",
        "wg": r'\(goc_wg \*\) 0x\w+: counter 3; waiting: goroutine \d+ "counter"',
        "mutex": r'\(goc_mutex \*\) 0x\w+: locked; waiting: goroutine \d+ "locker"',
        "reading": r'\(goc_rwmutex \*\) 0x\w+: 2 reading; to write: goroutine \d+ "wlocker"',
        "writing": r'.*: locked for writing; to read: goroutine \d+ "rlocker"',
        "cond": r'\(goc_cond \*\) 0x\w+: waiting: goroutine \d+ "conditional"',
        "sem": r'\(goc_sem \*\) 0x\w+: 2 of 4 free; waiting: goroutine \d+ "taker"',
        "once": r'\(goc_once \*\) 0x\w+: running; waiting: goroutine \d+ "second"',
        "group": r"\(goc_group \*\) 0x\w+: 1 running",
    }

    def test_say_what_is_in_them_and_who_waits(self):
        commands = {f"print {what}": expected for what, expected in self.EXPECTED.items()}
        said = look("states", "shared", *commands)
        for command, expected in commands.items():
            self.assertRegex(said[command].strip(), rf"^\$\d+ = (?:{expected})$", command)

    def test_as_many_waiters_are_shown_as_gdb_prints_elements(self):
        said = look("crowd", "shared", "set print elements 3", "print requests", "print opening")
        self.assertRegex(said["print requests"], r'"requests": elements of 4 bytes, unbuffered, open; '
                                                 r'receivers: (goroutine \d+ "reader", ){3}597 more$')
        self.assertRegex(said["print opening"], r"counter 1; waiting: .*, 397 more")

    def test_types_of_the_library_are_printed_where_it_has_debug_information(self):
        said = look("inside", "static", "info goroutines", "print *receiver", "print *receiver->waiting",
                    "print *receiver->waiting->waiters_", "print *channel", "up", "print numbers")
        g = r"goroutine \d+"
        channel = rf"\(goc_chan \*\) 0x\w+: elements of 8 bytes, unbuffered, open; receivers: {g}"
        self.assertRegex(said["print *receiver"], rf"= 0x\w+ {g}, channel receive \(goc_chan \*\) 0x")
        self.assertRegex(said["print *receiver->waiting"], rf"= 0x\w+ {g} in channel receive$")
        self.assertRegex(said["print *receiver->waiting->waiters_"],
                         rf"= 0x\w+ {g} waits for \(goc_chan \*\) 0x\w+$")
        self.assertRegex(said["print *channel"], f"= {channel}$")
        self.assertRegex(said["print numbers"], f"object_ = {channel}")
        row, = rows(said["info goroutines"])
        self.assertRegex(row["At"], r"operator\(\) at inside\.cc:\d+")
        self.assertIn("exited normally", said["continue"])


class CoreFile(unittest.TestCase):
    def test_tells_the_same_as_the_process(self):
        commands = ["info goroutines", "goroutine all bt", "print outbox"]
        live, dead = look_at_core("goconc-gcore", *commands)
        for command in commands:
            self.assertEqual(live[command].strip(), dead[command].strip())
        States.assert_states(self, dead["info goroutines"])

    def test_of_gcore_tells_the_same_or_that_it_lacks_the_stacks(self):
        _, dead = look_at_core("gcore", "info goroutines")
        if "lacks the stacks" in dead["info goroutines"]:
            self.assertIn("save one with `goconc-gcore`", dead["info goroutines"])
        else:
            States.assert_states(self, dead["info goroutines"])


class Aarch64(unittest.TestCase):
    """What of the script and the library's table depends on the processor."""

    def setUp(self):
        if build_for_aarch64 is None:
            self.skipTest("there is no library for aarch64")

    def test_states_and_backtraces_are_told(self):
        said = look_under_qemu("states", "info goroutines", "goroutine all bt")
        States.assert_states(self, said["info goroutines"])
        self.assertRegex(said["goroutine all bt"], r'(?s)"sender".*goc_context_switch.*goc::park.* in sender '
                                                   r"\(arg=.*states\.c:\d+.*goc_context_entry")
        never = re.search(r'"first"(.*?)\n\n', said["goroutine all bt"], flags=re.S).group(1)
        self.assertRegex(never, r"(?s) in never \(.*states\.c:\d+\n.* in first \(arg=")


class Misuse(unittest.TestCase):
    """One clear sentence, and nothing of the script's own troubles."""

    def assert_says(self, said, sentences):
        for command, sentence in sentences.items():
            self.assertEqual(sentence, said[command].strip(), command)

    def test_a_program_without_goconc(self):
        sentence = "There is no goconc in this program; or it is a static one without symbols."
        commands = {command: sentence for command in
                    ("info goroutines", "goroutine 1 bt", "goroutine all bt", "goconc-gcore nowhere")}
        said = look("plain", "alone", *commands)
        self.assert_says(said, commands)
        self.assertIn("exited normally", said["continue"])

    def test_a_program_that_does_not_run(self):
        commands = {command: "The program is not being run, and there is no core file."
                    for command in ("info goroutines", "goroutine 1 bt")}
        self.assert_says(gdb([program("crowd")], list(commands)), commands)

    def test_a_program_that_has_not_started_a_goroutine(self):
        said = gdb(["-ex", "start", program("crowd")], ["info goroutines", "goroutine 1 bt"])
        self.assertEqual("0 goroutines", said["info goroutines"].strip())
        self.assertIn("There is no goroutine 1;", said["goroutine 1 bt"])

    def test_bad_arguments(self):
        needs = "`goroutine` needs an id, or all, and a command, as in `goroutine 7 bt`."
        commands = {
            "goroutine 999999 bt":
                "There is no goroutine 999999; `info goroutines` lists those that there are.",
            "goroutine x": f"'x' is no goroutine's id; {needs}",
            "goroutine x bt": f"'x' is no goroutine's id; {needs}",
            "goroutine -1 bt": f"'-1' is no goroutine's id; {needs}",
            "goroutine": needs, "goroutine 1": needs, "goroutine all": needs,
            "goconc-gcore": "The name of the file is needed.",
            "info goroutines -x": "There is no option -x; see `help info goroutines`.",
            "info goroutines no_such_name": "0 goroutines",
        }
        self.assert_says(look("states", "shared", *commands), commands)

    def test_a_layout_that_is_newer_than_the_script(self):
        """As the library of a later release: the number after the magic of the table is larger."""
        folder = scratch / "newer"
        shutil.copytree(stripped_library(), folder, symlinks=True)
        library = (folder / "libgoconc.so").resolve()
        data = library.read_bytes()
        self.assertEqual(1, data.count(b"goconcDT"))
        at = data.index(b"goconcDT") + 8
        library.write_bytes(data[:at] + (99).to_bytes(4, "little") + data[at + 4:])
        said = gdb(["-iex", f"set environment LD_PRELOAD {library}", "-ex", "break look", "-ex", "run",
                    program("states")], ["info goroutines"])
        self.assertRegex(said["info goroutines"], r"^This goconc is newer than its script for gdb: the "
                                                  r"layout has version 99, the script knows \d+\.")


def main():
    global build, build_for_aarch64, scratch
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=Path, help="a build of the library, such as build/release")
    parser.add_argument("--aarch64", type=Path, metavar="BUILD",
                        help="the same for aarch64: that is looked at with gdb-multiarch, under qemu")
    parser.add_argument("report_dir", type=Path, help="gets a JUnit report; made if need be")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    build_for_aarch64 = arguments.aarch64 and arguments.aarch64.resolve()
    arguments.report_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
        result = unittest.TextTestRunner(verbosity=2).run(tests)
    (arguments.report_dir / "gdb.xml").write_text(
        f'<testsuite tests="{result.testsRun}" failures="{len(result.failures)}" '
        f'errors="{len(result.errors)}" skipped="{len(result.skipped)}">\n')
    raise SystemExit(0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
