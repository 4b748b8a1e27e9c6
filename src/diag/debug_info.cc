// DebugInfo: see debug_info.h.
#include "diag/debug_info.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>

#include "arch/context.h"

// In a static program, which could not load anything, they are missing, and nothing warns of them.
#pragma weak dlopen
#pragma weak dlsym
#pragma weak dladdr

namespace goc {

struct Line;
struct Frame;
struct Thread;
struct Die;
struct RawLine;

// The part of libdw.so.1 that is used, as its header elfutils/libdwfl.h declares it (since 0.158, 2014).
struct Libdw {
  using FindDebugInfo = int(Module*, void**, const char*, uint64_t, const char*, const char*,
                            uint32_t, char**);
  struct Callbacks {
    void* find_elf;
    FindDebugInfo* find_debuginfo;
    void* section_address;
    char** debuginfo_path;
  };
  struct ThreadCallbacks {
    pid_t (*next_thread)(Dwfl*, void*, void**);
    bool (*get_thread)(Dwfl*, pid_t, void*, void**);
    bool (*memory_read)(Dwfl*, uint64_t address, uint64_t* result, void*);
    bool (*set_initial_registers)(Thread*, void*);
    void (*detach)(Dwfl*, void*);
    void (*thread_detach)(Thread*, void*);
  };

  Dwfl* (*begin)(const Callbacks*);
  void (*end)(Dwfl*);
  int (*report)(Dwfl*, pid_t);
  int (*report_end)(Dwfl*, void*, void*);
  bool (*attach)(Dwfl*, void* elf, pid_t, const ThreadCallbacks*, void*);
  int (*frames)(Dwfl*, pid_t, int (*)(Frame*, void*), void*);
  bool (*frame_pc)(Frame*, uint64_t*, bool* is_activation);
  bool (*set_registers)(Thread*, int first, unsigned count, const uint64_t*);
  void (*set_pc)(Thread*, uint64_t);
  Module* (*module_of)(Dwfl*, uint64_t);
  const char* (*name_of)(Module*, uint64_t);
  Line* (*line_of)(Module*, uint64_t);
  const char* (*line_info)(Line*, uint64_t*, int* line, int*, uint64_t*, uint64_t*);
  const char* (*module_info)(Module*, void***, uint64_t*, uint64_t*, uint64_t*, uint64_t*,
                             const char** file, const char**);
  Die* (*next_unit)(Module*, Die*, uint64_t* bias);
  int (*has_pc)(Die*, uint64_t);
  RawLine* (*raw_line_of)(Die*, uint64_t);
  const char* (*raw_file)(RawLine*, uint64_t*, uint64_t*);
  int (*raw_number)(RawLine*, int*);
  Callbacks callbacks;

  bool load();
  static const Libdw* get();

  static pid_t no_next_thread(Dwfl*, void*, void**) { return 0; }
  static bool find_thread(Dwfl*, pid_t, void* info, void** thread) {
    *thread = info;
    return true;
  }
  static bool read(Dwfl*, uint64_t address, uint64_t* result, void* info);
  static bool set_initial(Thread* thread, void* info);
};

namespace {

constexpr int kGoOn = 0;  // what a callback of libdw returns
constexpr int kStop = 1;

template <class Function>
bool find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

constinit Libdw g_libdw{};
constinit Lock g_loading;

// A name of C may be that of a type in C++.
std::string demangled(const char* name) {
  if (std::strncmp(name, "_Z", 2) != 0) return name;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? text.get() : name;
}

}  // namespace

bool Libdw::load() {
  if (dlopen == nullptr || dlsym == nullptr) return false;
  void* library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
  callbacks.find_elf = dlsym(library, "dwfl_linux_proc_find_elf");
  return callbacks.find_elf != nullptr &&
         // Files of debug information by their build-id; the standard way would ask servers for them.
         find(library, "dwfl_build_id_find_debuginfo", callbacks.find_debuginfo) &&
         find(library, "dwfl_begin", begin) && find(library, "dwfl_end", end) &&
         find(library, "dwfl_linux_proc_report", report) &&
         find(library, "dwfl_report_end", report_end) &&
         find(library, "dwfl_attach_state", attach) &&
         find(library, "dwfl_getthread_frames", frames) &&
         find(library, "dwfl_frame_pc", frame_pc) &&
         find(library, "dwfl_thread_state_registers", set_registers) &&
         find(library, "dwfl_thread_state_register_pc", set_pc) &&
         find(library, "dwfl_addrmodule", module_of) &&
         find(library, "dwfl_module_addrname", name_of) &&
         find(library, "dwfl_module_getsrc", line_of) &&
         find(library, "dwfl_lineinfo", line_info) &&
         find(library, "dwfl_module_info", module_info) &&
         find(library, "dwfl_module_nextcu", next_unit) && find(library, "dwarf_haspc", has_pc) &&
         find(library, "dwarf_getsrc_die", raw_line_of) &&
         find(library, "dwarf_linesrc", raw_file) && find(library, "dwarf_lineno", raw_number);
}

const Libdw* Libdw::get() {
  static constinit enum { kUnknown, kMissing, kLoaded } state = kUnknown;
  Guard guard(g_loading);
  if (state == kUnknown) state = g_libdw.load() ? kLoaded : kMissing;
  return state == kLoaded ? &g_libdw : nullptr;
}

Lock& DebugInfo::loading_lock() { return g_loading; }

bool Libdw::read(Dwfl*, uint64_t address, uint64_t* result, void* info) {
  const StackCopy& stack = *static_cast<DebugInfo*>(info)->unwound_;
  const uint64_t offset = address - stack.sp;
  if (offset % 8 != 0 || offset / 8 >= stack.words.size()) return false;
  *result = stack.words[offset / 8];
  return true;
}

// As if it were about to call goc_context_switch.
bool Libdw::set_initial(Thread* thread, void* info) {
  const StackCopy& stack = *static_cast<DebugInfo*>(info)->unwound_;
  for (const SavedRegister& saved : kSavedRegisters)
    if (!g_libdw.set_registers(thread, saved.number, 1, &stack.words[saved.offset / 8]))
      return false;
  const uint64_t sp = stack.sp + kAtSwitch;
  if (!g_libdw.set_registers(thread, kStackPointer, 1, &sp)) return false;
  g_libdw.set_pc(thread, reinterpret_cast<uintptr_t>(&goc_context_switch));
  return true;
}

DebugInfo::DebugInfo() : libdw_(Libdw::get()) {
  if (libdw_ == nullptr) return;
  session_ = libdw_->begin(&libdw_->callbacks);
  if (session_ == nullptr) return;
  static constexpr Libdw::ThreadCallbacks kThread = {&Libdw::no_next_thread,
                                                     &Libdw::find_thread,
                                                     &Libdw::read,
                                                     &Libdw::set_initial,
                                                     nullptr,
                                                     nullptr};
  const bool ready = libdw_->report(session_, getpid()) == 0 &&
                     libdw_->report_end(session_, nullptr, nullptr) == 0 &&
                     libdw_->attach(session_, nullptr, getpid(), &kThread, this);
  if (ready) return;
  libdw_->end(session_);
  session_ = nullptr;
}

DebugInfo::~DebugInfo() {
  if (session_ != nullptr) libdw_->end(session_);
}

std::vector<uintptr_t> DebugInfo::unwind(const StackCopy& stack) {
  std::vector<uintptr_t> pcs;
  if (session_ == nullptr || stack.words.size() * 8 < GOC_FRAME_SIZE) return pcs;
  unwound_ = &stack;
  libdw_->frames(
      session_, 1,
      [](Frame* frame, void* list) {
        uint64_t pc;
        auto& found = *static_cast<std::vector<uintptr_t>*>(list);
        if (!g_libdw.frame_pc(frame, &pc, nullptr)) return kStop;
        found.push_back(pc);
        return found.size() < kMostFrames ? kGoOn : kStop;
      },
      &pcs);
  if (!pcs.empty()) pcs.erase(pcs.begin());  // goc_context_switch itself
  return pcs;
}

const Place& DebugInfo::place(uintptr_t address) {
  const auto [at, added] = places_.try_emplace(address);
  if (added) at->second = look_up(address);
  return at->second;
}

// By the index of addresses; clang makes none, then by the ranges of each unit.
void DebugInfo::look_up_line(Module* module, uintptr_t address, Place& place) const {
  const char* file = nullptr;
  if (Line* line = libdw_->line_of(module, address)) {
    file = libdw_->line_info(line, nullptr, &place.line, nullptr, nullptr, nullptr);
  } else {
    uint64_t bias = 0;
    Die* unit = libdw_->next_unit(module, nullptr, &bias);
    while (unit != nullptr && libdw_->has_pc(unit, address - bias) <= 0)
      unit = libdw_->next_unit(module, unit, &bias);
    RawLine* raw = unit != nullptr ? libdw_->raw_line_of(unit, address - bias) : nullptr;
    if (raw == nullptr || libdw_->raw_number(raw, &place.line) != 0) return;
    file = libdw_->raw_file(raw, nullptr, nullptr);
  }
  if (file != nullptr) place.file = file;
}

Place DebugInfo::look_up(uintptr_t address) const {
  Place place;
  Module* module = session_ != nullptr ? libdw_->module_of(session_, address) : nullptr;
  if (module != nullptr) {
    if (const char* name = libdw_->name_of(module, address)) place.function = demangled(name);
    look_up_line(module, address, place);
    const char* file = nullptr;
    libdw_->module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, &file, nullptr);
    if (file != nullptr) place.module = file;
  }
  Dl_info info;
  if (place.function.empty() && dladdr != nullptr &&
      dladdr(reinterpret_cast<void*>(address), &info) != 0) {
    if (info.dli_sname != nullptr) place.function = demangled(info.dli_sname);
    if (info.dli_fname != nullptr) place.module = info.dli_fname;
  }
  return place;
}

}  // namespace goc
