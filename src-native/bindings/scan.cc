#include "arguments.h"
#include "cancel_argument.h"
#include "columns.h"
#include "exports.h"
#include "procfs/process_scan.h"
#include "promise_worker.h"

namespace smem {
namespace {

double number_of(const Napi::Object& object, const char* name) { return object.Get(name).As<Napi::Number>().DoubleValue(); }

ScanRequest to_request(const Napi::Object& object) {
  ScanRequest request;
  request.proc_root = object.Get("procRoot").As<Napi::String>().Utf8Value();
  const Napi::Value source = object.Get("source");
  request.read_usage = source.IsString();
  if (request.read_usage && source.As<Napi::String>().Utf8Value() == "smaps") request.source = Source::kSmaps;
  request.group_mappings = request.read_usage && object.Get("groupMappings").As<Napi::Boolean>().Value();
  request.threads = static_cast<unsigned>(number_of(object, "threads"));
  request.max_rss = number_of(object, "maxRss");
  request.budget_ns = number_of(object, "budgetMs") * 1e6;
  const Napi::Value only = object.Get("only");
  request.only_targets = only.IsTypedArray();
  if (request.only_targets) {
    const Napi::Float64Array pairs = only.As<Napi::Float64Array>();
    for (size_t i = 0; i + 1 < pairs.ElementLength(); i += 2) {
      request.targets.push_back({static_cast<pid_t>(pairs[i]), static_cast<uint64_t>(pairs[i + 1])});
    }
  }
  return request;
}

// An errno, or the ScanTable of src/native/backend.ts.
Napi::Value to_value(Napi::Env env, int error, const ScanTable& table) {
  if (error != 0) return Napi::Number::New(env, error);
  Napi::Object object = Napi::Object::New(env);
  object["count"] = Napi::Number::New(env, static_cast<double>(table.count));
  object["numbers"] = copy_to_array<Napi::Float64Array>(env, table.numbers.data(), table.numbers.size());
  object["groups"] = copy_to_array<Napi::Float64Array>(env, table.groups.data(), table.groups.size());
  object["text"] = copy_to_array<Napi::Uint8Array>(env, table.text.data(), table.text.size());
  return object;
}

// scan(request) -> ScanTable or errno
Napi::Value scan_sync(const Napi::CallbackInfo& info) {
  ScanTable table;
  const int error = scan_processes(to_request(info[0].As<Napi::Object>()), CancelFlag(), &table);
  return to_value(info.Env(), error, table);
}

struct ScanJob {
  explicit ScanJob(const Napi::CallbackInfo& info)
      : request(to_request(info[0].As<Napi::Object>())), cancel(info[1]) {}

  void run() {
    if (!cancel.is_set()) error = scan_processes(request, cancel.flag(), &table);
  }
  Napi::Value result(Napi::Env env) { return to_value(env, error, table); }

  const ScanRequest request;
  const CancelArgument cancel;
  ScanTable table;
  int error = ECANCELED;
};

Napi::Value scan_async(const Napi::CallbackInfo& info) {
  return PromiseWorker<ScanJob>::start(info.Env(), std::make_unique<ScanJob>(info));
}

}  // namespace

void export_scan(Napi::Env env, Napi::Object exports) {
  exports["scan"] = Napi::Function::New<scan_sync>(env, "scan");
  exports["scanAsync"] = Napi::Function::New<scan_async>(env, "scanAsync");
}

}  // namespace smem
