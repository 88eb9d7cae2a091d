#include "bgpd/store/error.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace tern::store {
namespace {

Fault fault_of(int extended, int system_error) {
  constexpr int kPrimary = 0xFF;
  switch (extended & kPrimary) {
    case SQLITE_FULL:
      return Fault::Full;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fault::Corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fault::Locked;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Fault::ReadOnly;
    case SQLITE_CANTOPEN:
      return fault_of_errno(system_error) == Fault::ReadOnly ? Fault::ReadOnly : Fault::Disk;
    case SQLITE_IOERR:
      // The file of shared memory beside a WAL grows with a write of its own.
      if (extended == SQLITE_IOERR_SHMSIZE || fault_of_errno(system_error) == Fault::Full)
        return Fault::Full;
      return extended == SQLITE_IOERR_CORRUPTFS ? Fault::Corrupt : Fault::Disk;
    case SQLITE_CONSTRAINT:
      return Fault::Constraint;
    case SQLITE_INTERRUPT:
      return Fault::Late;
    default:
      return Fault::Other;
  }
}

}  // namespace

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::Full:
      return "full";
    case Fault::Corrupt:
      return "corrupt";
    case Fault::Locked:
      return "locked";
    case Fault::ReadOnly:
      return "read-only";
    case Fault::Newer:
      return "newer";
    case Fault::Foreign:
      return "foreign";
    case Fault::Disk:
      return "disk";
    case Fault::Constraint:
      return "constraint";
    case Fault::Late:
      return "late";
    case Fault::Other:
      break;
  }
  return "other";
}

Fault fault_of_errno(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return Fault::Full;
    case EACCES:
    case EPERM:
    case EROFS:
      return Fault::ReadOnly;
    default:
      return Fault::Disk;
  }
}

Error last_error(sqlite3* connection, const std::string& path) {
  if (connection == nullptr) return {Fault::Other, path + ": out of memory"};
  const int extended = sqlite3_extended_errcode(connection);
  const int system_error = sqlite3_system_errno(connection);
  const Fault fault = fault_of(extended, system_error);
  std::string message = path + ": " + sqlite3_errmsg(connection);
  const bool is_of_system = fault == Fault::Disk || (extended & 0xFF) == SQLITE_IOERR;
  if (is_of_system && system_error != 0) {
    message += " (" + std::generic_category().message(system_error) + ")";
  }
  return {fault, std::move(message)};
}

}  // namespace tern::store
