"""gdb learns of the goroutines of goconc: `info goroutines`, `goroutine ID COMMAND`, and what objects hold.

It knows the layout of memory by the table that the library carries (src/diag/debug_layout.h), with or
without debug information. It only reads: registers and memory of the program stay as they are, so it
works on core files too. For the frames of a parked goroutine an unwinder tells gdb that the innermost
frame of the selected thread was called from where the goroutine's context was saved.
"""
# SPDX-License-Identifier: Apache-2.0
import contextlib
import fnmatch
import os
import re
import struct

import gdb
import gdb.printing
import gdb.unwinder

TABLE_VERSION = 1  # the newest that this script can read
TABLE_HEADER = struct.Struct("<8sIIQQ")
TABLE_ENTRY = struct.Struct("<40sII")
PAGE = 4096
NO_ADDRESS = 1 << 63  # from here on there is no memory of a program; pointers may be marked by it
MOST_FRAMES = 64  # that are looked at for where a goroutine is
OURS = ("goc_", "goc::", "goconc::")  # functions of the library and of its C++ headers
STATES = ("running", "ready", "new", "waiting", "blocking")


class StacksAreMissing(gdb.GdbError):
    def __init__(self):
        super().__init__(
            "This core file lacks the stacks of goroutines. On Linux 6.13 and newer gcore leaves them out, "
            "since guards lie between them: save one with `goconc-gcore`.")


# --- Memory ----------------------------------------------------------------------------------------


class Memory:
    """The program's memory, each page of which is read once: for one command."""

    def __init__(self):
        self._pages = {}

    def read(self, address, size):
        data = b""
        while size > 0:
            number, offset = divmod(address, PAGE)
            part = self._page(number)[offset:offset + size]
            data += part
            address += len(part)
            size -= len(part)
        return data

    def integer(self, address, size=8, signed=False):
        return int.from_bytes(self.read(address, size), "little", signed=signed)

    def text(self, address, most=64):
        return self.read(address, most).split(b"\0")[0].decode("utf-8", "replace")

    def _page(self, number):
        page = self._pages.get(number)
        if page is None:
            page = gdb.selected_inferior().read_memory(number * PAGE, PAGE).tobytes()
            self._pages[number] = page
        return page


class Layout:
    """The library's table."""

    def __init__(self, memory):
        try:
            found = gdb.execute("info address goc_debug_layout", to_string=True)  # in any language
        except gdb.error:
            raise gdb.GdbError("There is no goconc in this program; or it is a static one without symbols.")
        address = int(re.search("0x[0-9a-f]+", found).group(), 16)
        magic, self.version, count, self.runtime, self.resumed = TABLE_HEADER.unpack(
            memory.read(address, TABLE_HEADER.size))
        if magic != b"goconcDT":
            raise gdb.GdbError("goc_debug_layout is not that of goconc.")
        if self.version > TABLE_VERSION:
            raise gdb.GdbError(
                f"This goconc is newer than its script for gdb: the layout has version {self.version}, the "
                f"script knows {TABLE_VERSION}. Source the script of that goconc.")
        table = memory.read(address + TABLE_HEADER.size, count * TABLE_ENTRY.size)
        self.entries = {name.split(b"\0")[0].decode(): (offset, size)
                        for name, offset, size in TABLE_ENTRY.iter_unpack(table)}

    def entry(self, name):
        try:
            return self.entries[name]
        except KeyError:
            raise gdb.GdbError(f"This goconc does not say where {name} is: its script is another one.")

    def constant(self, name):
        return self.entry(name)[0]

    def size(self, kind):
        return self.entry(kind)[1]

    def names(self, group):
        """Of the constants of a group: value -> name."""
        return {offset: name[len(group) + 1:] for name, (offset, _) in self.entries.items()
                if name.startswith(group + " ")}


class Thing:
    """Something of a type that the layout knows, at an address."""

    def __init__(self, program, kind, address):
        self.program, self.kind, self.address = program, kind, address

    def __eq__(self, other):
        return self.address == other.address

    def __hash__(self):
        return hash(self.address)

    def at(self, member, kind=None):
        """The member itself, as a thing of its kind; without one its address."""
        address = self.address + self.program.layout.entry(f"{self.kind}.{member}")[0]
        return Thing(self.program, kind, address) if kind else address

    def get(self, member, signed=False):
        offset, size = self.program.layout.entry(f"{self.kind}.{member}")
        return self.program.memory.integer(self.address + offset, size, signed)

    def to(self, member, kind):
        """What the member points to; None if it is null."""
        return self.program.thing(kind, self.get(member))

    def constant(self, name):
        return self.program.layout.constant(f"{self.kind} {name}")

    def chain(self, member, link, most=1 << 24):
        """The nodes of the list that begins in the member."""
        node = self.to(member, link[0])
        seen = set()
        while node and node.address not in seen and len(seen) < most:
            seen.add(node.address)
            yield node
            node = node.to(link[1], link[0])


# --- The program -----------------------------------------------------------------------------------


class Program:
    """What one command sees of the stopped program."""

    def __init__(self):
        self.memory = Memory()
        self.layout = Layout(self.memory)
        self.runtime = Thing(self, "Runtime", self.layout.runtime)
        self.reasons = self.layout.names("WaitReason")
        self.tags = self.layout.names("Tag")
        self._running = self._ready = self._blocking = None

    def thing(self, kind, address):
        kinds = {"Goroutine": Goroutine, "Waiter": Waiter, "Object": Object}
        return kinds.get(kind, Thing)(self, kind, address) if address else None

    def goroutines(self):
        size = self.layout.size("Goroutine")
        pool = self.runtime.at("goroutines", "GoroutinePool")
        for chunk in pool.chain("chunks_", ("Chunk", "next")):
            for i in range(1, chunk.get("carved") + 1):
                g = Goroutine(self, "Goroutine", chunk.address + i * size)
                if g.get("alive"):
                    yield g

    def running(self):
        """Goroutine -> the thread on whose stack it is."""
        if self._running is None:
            with selection():
                self._running = {self.owner_of(sp): thread for thread in gdb.selected_inferior().threads()
                                 for sp in stack_pointers(thread)}
            self._running.pop(None, None)
        return self._running

    def ready(self):
        if self._ready is None:
            self._ready = set(self._find_ready())
        return self._ready

    def blocking(self):
        """Those whose function runs on a thread's own stack."""
        if self._blocking is None:
            self._blocking = {self.owner_of(worker.at("after_", "After").get("arg"))
                              for worker in self._workers()
                              if worker.get("blocking_") and not worker.get("current_")}
        return self._blocking

    def slabs(self):
        """The mappings of stacks."""
        return self.runtime.at("stacks", "StackPool").chain("slabs_", ("Slab", "next"))

    def owner_of(self, address):
        """The goroutine in whose stack the address lies, or None."""
        for slab in self.slabs():
            base, log2 = slab.get("base"), slab.get("size_log2")
            if base <= address < base + (slab.get("count") << log2):
                top = base + (((address - base) >> log2) + 1 << log2)
                owner = Thing(self, "Stack", top - self.layout.size("Stack")).to("owner", "Goroutine")
                return owner if owner and owner.get("alive") else None
        return None

    def _workers(self):
        address = self.runtime.at("workers_")
        for i in range(self.runtime.get("worker_count_")):
            yield Thing(self, "Worker", self.memory.integer(address + 8 * i))

    def _find_ready(self):
        in_list = ("Goroutine", "link")
        yield from self.runtime.at("injected", "InjectQueue").at("resumed_", "Fifo").chain("head_", in_list)
        for worker in self._workers():
            queues = worker.at("queues_", "LocalQueues")
            yield from filter(None, [queues.to("next_", "Goroutine")])
            yield from queues.at("resumed_", "Fifo").chain("head_", in_list)
            if worker.get("wake_") & worker.constant("kLockedReady"):
                yield from filter(None, [worker.to("locked_goroutine_", "Goroutine")])


def stack_pointers(thread):
    """That of the thread, and those of what its signal handlers have interrupted."""
    if thread.is_running():
        return
    thread.switch()
    frame = gdb.newest_frame()
    yield int(frame.read_register("sp"))
    for _ in range(MOST_FRAMES):
        interrupts, frame = frame.type() == gdb.SIGTRAMP_FRAME, frame.older()
        if frame is None:
            return
        if interrupts:
            yield int(frame.read_register("sp"))


class Goroutine(Thing):
    @property
    def id(self):
        return self.get("id")

    @property
    def name(self):
        extra = self.to("extra", "GoroutineExtra")
        return self.program.memory.text(extra.at("name")) if extra else ""

    def __str__(self):
        return f"goroutine {self.id}" + (f' "{self.name}"' if self.name else "")

    def thread(self):
        return self.program.running().get(self)

    def sleeper(self):
        """In which it waits; None if it does not, and what stands there is an old or another value."""
        sleeper = self.to("waiting", "Sleeper")
        try:
            return sleeper if sleeper and sleeper.get("goroutine_") == self.address else None
        except gdb.MemoryError:
            return None

    def state(self):
        if not 0 < self.get("stack") < NO_ADDRESS:
            return "new"
        if not self.to("stack", "Stack").get("size_log2"):
            raise StacksAreMissing()
        if self.thread():
            return "running"
        if not self.get("sp"):
            return "new"
        if self in self.program.ready():
            return "ready"
        if self in self.program.blocking():
            return "blocking"
        # Without a sleeper, or with a claimed one, somebody is about to put it into a queue, or to run it.
        sleeper = self.sleeper()
        return "waiting" if sleeper and not sleeper.get("claimed_") else "ready"

    def reason(self):
        """Why it waits, or an empty string."""
        return reason_of(self.sleeper()) if self.state() == "waiting" else ""

    def waits_for(self):
        """The reason with the object."""
        if self.state() != "waiting":
            return ""
        waiters = [waiter for waiter in waiters_of(self.sleeper()) if waiter.get("object")]
        if self.reason() == "select":
            return "select of " + ", ".join(f"{waiter.operation()} {waiter.object()}" for waiter in waiters)
        return " ".join([self.reason()] + [str(waiter.object()) for waiter in waiters])

    def place(self):
        """The first frame that is not ours."""
        if self.state() == "new":
            return f"to call {self.function()}"
        with self.selected():
            return describe(gdb.selected_frame())

    def function(self):
        address = self.get("fn")
        block = gdb.block_for_pc(address)
        while block is not None and block.function is None:
            block = block.superblock
        if block is not None:
            return str(block.function)
        symbol = gdb.execute(f"info symbol {address}", to_string=True)
        return symbol.split(" ")[0] if " in section " in symbol else hex(address)

    @contextlib.contextmanager
    def selected(self):
        """gdb's commands are about this goroutine; its first frame that is not ours is selected."""
        if self.state() == "new":
            raise gdb.GdbError(f"{self} has not run yet: it is {self.place()}.")
        pc = self.program.layout.resumed
        with selection(), contextlib.ExitStack() as undo:
            if self.thread():
                self.thread().switch()
                first = gdb.newest_frame()
            else:
                first = undo.enter_context(PARKED.on_stack(self.get("sp"), pc))
            undo.enter_context(FRAMES.shown(first, gdb.solib_name(pc)))
            FRAMES.first_foreign().select()
            yield


class Waiter(Thing):
    def object(self):
        return self.to("object", "Object")

    def operation(self):
        return "send" if self.get("sends") else "receive"

    def __str__(self):
        sleeper = self.to("sleeper", "Sleeper")
        if sleeper is None:
            raise StacksAreMissing()
        return who_sleeps(sleeper)


def who_sleeps(sleeper):
    if sleeper.get("is_op_"):
        return "an operation"
    return str(sleeper.to("goroutine_", "Goroutine") or "a thread")


def reason_of(sleeper):
    return sleeper.program.reasons.get(sleeper.get("reason_"), "?")


def waiters_of(sleeper):
    first, size = sleeper.get("waiters_"), sleeper.program.layout.size("Waiter")
    return [Waiter(sleeper.program, "Waiter", first + i * size) for i in range(sleeper.get("count_"))]


# --- Frames ----------------------------------------------------------------------------------------


class ParkedUnwinder(gdb.unwinder.Unwinder):
    """Leads from the selected thread's innermost frame to a parked goroutine, while it has a context.

    The caller of the innermost frame is then the switch, at the point from where it would continue the
    goroutine; how to go on from there gdb reads in the switch's unwind table.
    """

    def __init__(self):
        super().__init__("goconc parked goroutine")
        self.enabled = False
        self._thread = self._innermost = self._context = None

    @contextlib.contextmanager
    def on_stack(self, sp, pc):
        """Gives the goroutine's first frame."""
        self._thread = gdb.selected_thread().ptid
        self._innermost = registers_of(gdb.newest_frame())
        self._context = sp, pc
        with past_main():
            self._enable(True)
            try:
                yield self._first_frame()
            finally:
                self._enable(False)

    def __call__(self, pending):
        if registers_of(pending) != self._innermost or gdb.selected_thread().ptid != self._thread:
            return None
        # Its id is that of the goroutine's stack, since gdb wants callers to lie above.
        info = pending.create_unwind_info(FrameId(*self._context))
        address = pending.read_register("sp").type
        for register, value in zip(("sp", "pc"), self._context):
            info.add_saved_register(register, gdb.Value(value).cast(address))
        return info

    def _first_frame(self):
        frame = gdb.newest_frame()
        while frame is not None and registers_of(frame) == self._innermost:  # inlined ones come before
            frame = frame.older()
        if frame is None or registers_of(frame) != self._context:
            raise gdb.GdbError("gdb does not find the frames of this goroutine.")
        return frame

    def _enable(self, enabled):
        self.enabled = enabled
        gdb.invalidate_cached_frames()


@contextlib.contextmanager
def past_main():
    """gdb looks for callers also where the innermost frame is that of main()."""
    before = "on" if gdb.parameter("backtrace past-main") else "off"
    gdb.execute("set backtrace past-main on", to_string=True)
    try:
        yield
    finally:
        gdb.execute(f"set backtrace past-main {before}", to_string=True)


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = gdb.Value(sp), gdb.Value(pc)


class GoroutineFrames:
    """A frame filter: leaves out the thread's own innermost frame, before those of the goroutine, and
    what the library calls within itself where it has no names."""

    def __init__(self):
        self.name = "goconc goroutine"
        self.priority = 1000
        self.enabled = False
        self._first = self._library = None

    @contextlib.contextmanager
    def shown(self, first, library):
        """From the frame `first` on; the library's name is None if it is part of the program."""
        self._first, self._library = first, library
        self.enabled = True
        try:
            yield
        finally:
            self.enabled = False

    def filter(self, frames):
        first = self._first.level()
        return (frame for frame in frames if frame.inferior_frame().level() >= first
                and not self._is_nameless(frame.inferior_frame()))

    def first_foreign(self):
        """The first frame that is not ours; if there is none, the first."""
        frame = self._first
        for _ in range(MOST_FRAMES):
            if frame is None:
                break
            if not (frame.name() or "").startswith(OURS) and not self._is_in_library(frame):
                return frame
            frame = frame.older()
        return self._first

    def _is_nameless(self, frame):
        return frame.name() is None and self._is_in_library(frame)

    def _is_in_library(self, frame):
        return self._library is not None and gdb.solib_name(frame.pc()) == self._library


def the_program_goes_on(_):
    PARKED.enabled = FRAMES.enabled = False


def registers_of(frame):
    return int(frame.read_register("sp")), int(frame.read_register("pc"))


def describe(frame):
    sal = frame.find_sal()
    where = f"{os.path.basename(sal.symtab.filename)}:{sal.line}" if sal.symtab else ""
    library = gdb.solib_name(frame.pc())
    where = where or (os.path.basename(library) if library else "")
    return (frame.name() or hex(frame.pc())) + (f" at {where}" if where else "")


@contextlib.contextmanager
def selection():
    """Selects the thread and the frame again that were selected."""
    thread, level = gdb.selected_thread(), gdb.selected_frame().level()
    try:
        yield
    finally:
        if thread.is_valid() and thread.is_stopped():
            thread.switch()
            frame = gdb.newest_frame()
            while frame.level() < level and frame.older() is not None:
                frame = frame.older()
            frame.select()


# --- Objects ---------------------------------------------------------------------------------------


class Object(Thing):
    """What a handle points to; each type of handle has a method that says what is in it."""

    def handle(self):
        """The type of the handle, or "released"; None if there is no object."""
        exposed = 1 << 31  # made under GOCONC_CHAOS
        return self.program.tags.get(self.get("tag") & ~exposed)

    def __str__(self):
        name = self._as("Channel").get("name_") if self.handle() == "goc_chan" else 0
        return f"({self.handle()} *) {self.address:#x}" + (
            f' "{self.program.memory.text(name)}"' if name else "")

    def summary(self):
        contents = getattr(self, self.handle(), None)
        return str(self) + (": " + "; ".join(contents()) if contents else "")

    def goc_chan(self):
        channel = self._as("Channel")
        size, count, capacity = channel.get("elem_size_"), channel.get("count_"), channel.get("capacity_")
        buffer = "of a timer" if channel.get("timed_") else \
            f"{count} of {capacity}" if capacity else "unbuffered"
        state = "closed" if channel.get("closed_") else "open"
        return [f"elements of {size} bytes, {buffer}, {state}",
                *waiting(channel, "receivers_", "receivers: "), *waiting(channel, "senders_", "senders: ")]

    def goc_wg(self):
        wg = self._as("WaitGroup")
        return [f"counter {wg.get('state_', signed=True) >> 1}", *waiting(wg)]

    def goc_mutex(self):
        mutex = self._as("Mutex")
        locked = mutex.get("state_") & mutex.constant("kLocked")
        return ["locked" if locked else "unlocked", *waiting(mutex)]

    def goc_rwmutex(self):
        rw = self._as("RWMutex")
        state = rw.get("state_")
        readers = state // rw.constant("kReader")
        held = "locked for writing" if state & rw.constant("kWriter") else \
            f"{readers} reading" if readers else "unlocked"
        return [held, *waiting(rw, "readers_", "to read: "), *waiting(rw, "writers_", "to write: ")]

    def goc_cond(self):
        return waiting(self._as("Cond")) or ["nobody waits"]

    def goc_sem(self):
        semaphore = self._as("Semaphore")
        free = semaphore.get("state_") // semaphore.constant("kUnit")
        return [f"{free} of {semaphore.get('size_')} free", *waiting(semaphore)]

    def goc_once(self):
        once = self._as("Once")
        states = {once.constant("kRunning"): "running", once.constant("kDone"): "done"}
        return [states.get(once.get("state_"), "not called"), *waiting(once)]

    def goc_group(self):
        running = self._as("Group").to("running_", "WaitGroup")
        return [f"{running.get('state_') >> 1} running", *waiting(running)]

    def _as(self, kind):
        return Thing(self.program, kind, self.address)


def waiting(thing, queue="waiters_", who="waiting: "):
    """A part of a summary with those in the queue, or none."""
    most = gdb.parameter("print elements") or None
    waiters = list(thing.at(queue, "WaitQueue").chain("head_", ("Waiter", "next")))
    shown = [str(waiter) for waiter in waiters[:most]]
    if len(shown) < len(waiters):
        shown.append(f"{len(waiters) - len(shown)} more")
    return [who + ", ".join(shown)] if shown else []


class SummaryPrinter:
    """Prints what `summarize` says of the address; if memory is not as it should be, that."""

    def __init__(self, address, summarize):
        self.address, self.summarize = address, summarize

    def to_string(self):
        try:
            return self.summarize(Program(), self.address)
        except (gdb.error, gdb.GdbError) as error:
            return f"{self.address:#x} <{str(error).rstrip('.')}>"


def summary_of_object(handle):
    def summarize(program, address):
        found = program.thing("Object", address)
        if found.handle() == handle:
            return found.summary()
        return f"({handle} *) {address:#x} <" + (
            "released>" if found.handle() == "released" else f"no {handle}>")
    return summarize


def summary_of_goroutine(program, address):
    g = program.thing("Goroutine", address)
    if not g.get("alive"):
        return f"{address:#x} <a goroutine that has ended>"
    return f"{address:#x} {g}, " + (g.waits_for() or g.state())


def summary_of_sleeper(program, address):
    sleeper = Thing(program, "Sleeper", address)
    claimed = ", claimed" if sleeper.get("claimed_") else ""
    return f"{address:#x} {who_sleeps(sleeper)} in {reason_of(sleeper)}{claimed}"


def summary_of_waiter(program, address):
    waiter = program.thing("Waiter", address)
    return f"{address:#x} {waiter} waits for {waiter.object()}"


SUMMARIES = {handle: summary_of_object(handle) for handle in (
    "goc_chan", "goc_wg", "goc_mutex", "goc_rwmutex", "goc_cond", "goc_sem", "goc_once", "goc_group",
    "goc_flight", "goc_timer", "goc_ticker", "goc_port")}
# Where the library has debug information, its own types too.
SUMMARIES.update({own: SUMMARIES[handle] for own, handle in (
    ("goc::Channel", "goc_chan"), ("goc::WaitGroup", "goc_wg"), ("goc::Mutex", "goc_mutex"),
    ("goc::RWMutex", "goc_rwmutex"), ("goc::Cond", "goc_cond"), ("goc::Semaphore", "goc_sem"),
    ("goc::Once", "goc_once"), ("goc::Group", "goc_group"))})
SUMMARIES.update({"goc::Goroutine": summary_of_goroutine, "goc::Sleeper": summary_of_sleeper,
                  "goc::Waiter": summary_of_waiter})


class Printers(gdb.printing.PrettyPrinter):
    """Of handles, pointers and objects."""

    def __init__(self):
        super().__init__("goconc")

    def __call__(self, value):
        kind = value.type.strip_typedefs()
        pointer = kind.code == gdb.TYPE_CODE_PTR
        if pointer:
            kind = kind.target().strip_typedefs()
        summarize = SUMMARIES.get(kind.unqualified().name)
        address = (int(value) if pointer else value.address and int(value.address)) if summarize else 0
        return SummaryPrinter(address, summarize) if address else None


# --- Commands --------------------------------------------------------------------------------------


def stopped_program():
    thread = gdb.selected_thread()
    if thread is None:
        raise gdb.GdbError("The program is not being run, and there is no core file.")
    if thread.is_running():
        raise gdb.GdbError("The program runs: interrupt it first.")
    return Program()


def failures_are_told(invoke):
    """What goes wrong is one sentence, without the script's own stack."""
    def told(self, argument, from_tty):
        try:
            invoke(self, argument, from_tty)
        except gdb.error as error:
            raise gdb.GdbError(str(error))
    return told


class InfoGoroutines(gdb.Command):
    """List goroutines.
Usage: info goroutines [-group] [FILTER]...

Each line has the id, the name, the state, what the goroutine waits for, and the first frame that is
not one of goconc's. With -group those that are alike in all but their ids share a line, which begins
with their number. A FILTER is a state (running, ready, new, waiting, blocking), why it waits (receive,
send, select, sleep, mutex, "wait group" ...), or a name, in which * and ? stand for anything; all of
them must fit.

ready: it could run, but no thread is free. new: it has not run yet. blocking: it is in goc_blocking().
`goroutine ID COMMAND` tells more of one."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STATUS)

    @failures_are_told
    def invoke(self, argument, from_tty):
        filters = gdb.string_to_argv(argument)
        grouped = "-group" in filters
        filters = [text for text in filters if text != "-group"]
        unknown = [text for text in filters if text.startswith("-")]
        if unknown:
            raise gdb.GdbError(f"There is no option {unknown[0]}; see `help info goroutines`.")
        program = stopped_program()
        listed = sorted((g for g in program.goroutines() if fits(g, filters)), key=lambda g: g.id)
        rows = [(str(g.id), g.name, g.state(), g.waits_for(), g.place()) for g in listed]
        if grouped:
            rows = groups(rows)
        if rows:
            print_table(("Count" if grouped else "Id", "Name", "State", "Waits for", "At"), rows)
        print(totals(listed))


def fits(g, filters):
    return all(g.state() == text if text in STATES else g.reason().removeprefix("channel ") == text
               or bool(g.name) and fnmatch.fnmatchcase(g.name, text) for text in filters)


def groups(rows):
    counts = {}
    for row in rows:
        counts[row[1:]] = counts.get(row[1:], 0) + 1
    return [(str(count),) + row for row, count in sorted(counts.items(), key=lambda item: -item[1])]


def print_table(head, rows):
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    for row in [head] + rows:
        number, *texts = zip(row, widths)
        cells = [number[0].rjust(number[1])] + [text.ljust(width) for text, width in texts]
        print("  ".join(cells).rstrip())


def totals(listed):
    counts = {state: 0 for state in STATES}
    for g in listed:
        counts[g.state()] += 1
    parts = [f"{count} {state}" for state, count in counts.items() if count]
    return f"{len(listed)} goroutine{'' if len(listed) == 1 else 's'}" + (
        ": " + ", ".join(parts) if parts else "")


class GoroutineCommand(gdb.Command):
    """Apply a command to a goroutine.
Usage: goroutine ID|all COMMAND

`goroutine 7 bt` prints the frames of goroutine 7, `goroutine all bt` those of all that have begun,
`goroutine 7 frame` and `goroutine 7 info locals` show the first frame that is not one of goconc's, and
`goroutine 7 frame 6` another one. `info goroutines` lists the ids."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    @failures_are_told
    def invoke(self, argument, from_tty):
        which, _, command = argument.strip().partition(" ")
        known = which == "all" or which.isdecimal()
        if not known or not command.strip():
            wrong = f"'{which}' is no goroutine's id; " if which and not known else ""
            raise gdb.GdbError(
                wrong + "`goroutine` needs an id, or all, and a command, as in `goroutine 7 bt`.")
        program = stopped_program()
        if which == "all":
            return self._apply_to_all(program, command, from_tty)
        for g in program.goroutines():
            if g.id == int(which):
                with g.selected():
                    gdb.execute(command, from_tty)
                return None
        raise gdb.GdbError(f"There is no goroutine {which}; `info goroutines` lists those that there are.")

    @staticmethod
    def _apply_to_all(program, command, from_tty):
        for g in sorted(program.goroutines(), key=lambda g: g.id):
            print(f"\nG{str(g)[1:]} ({g.waits_for() or g.state()}):")
            try:
                with g.selected():
                    gdb.execute(command, from_tty)
            except (gdb.error, gdb.GdbError) as error:
                print(error)


class SaveCore(gdb.Command):
    """Save a core file, as gcore does, but with the stacks of all goroutines.
Usage: goconc-gcore FILE

On Linux 6.13 and newer guards lie between the stacks within one mapping, which gcore cannot read as a
whole and leaves out."""

    def __init__(self):
        super().__init__("goconc-gcore", gdb.COMMAND_DATA, gdb.COMPLETE_FILENAME)

    @failures_are_told
    def invoke(self, argument, from_tty):
        file = os.path.expanduser(argument.strip())
        if not file:
            raise gdb.GdbError("The name of the file is needed.")
        slabs = [(slab.get("base"), slab.get("count") << slab.get("size_log2"))
                 for slab in stopped_program().slabs()]
        said = gdb.execute(f"gcore {file}", from_tty, to_string=True)  # also what it could not read
        with open(file, "r+b") as core:
            segments = list(loaded_segments(core))
            for base, size in slabs:
                for address in range(base, base + size, PAGE):
                    write_page(core, segments, address)
        print(said.splitlines()[-1])


def loaded_segments(core):
    """Of an ELF file: where each lies in memory and in the file, and its size."""
    header = core.read(64)
    offset, = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    if count == 0xFFFF:  # as many as this do not fit: the first section's header has the number
        core.seek(struct.unpack_from("<Q", header, 40)[0])
        count, = struct.unpack_from("<I", core.read(64), 44)
    for i in range(count):
        core.seek(offset + i * size)
        kind, _, at, address, _, bytes_in_file = struct.unpack("<IIQQQQ", core.read(40))
        if kind == 1:  # PT_LOAD
            yield address, at, bytes_in_file


def write_page(core, segments, address):
    for start, at, size in segments:
        if start <= address and address + PAGE <= start + size:
            try:
                page = gdb.selected_inferior().read_memory(address, PAGE)
            except gdb.MemoryError:  # a guard
                return
            core.seek(at + address - start)
            core.write(page)


PARKED = ParkedUnwinder()
FRAMES = GoroutineFrames()
gdb.unwinder.register_unwinder(None, PARKED, replace=True)
gdb.frame_filters[FRAMES.name] = FRAMES
gdb.events.cont.connect(the_program_goes_on)
gdb.printing.register_pretty_printer(None, Printers(), replace=True)
InfoGoroutines()
GoroutineCommand()
SaveCore()
