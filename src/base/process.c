/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/process.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum gp_code gp_process_seal(struct gp_err *err)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return gp_err_system(err, errno, "set the limit core");
    /* The limit alone does not hold back a core that is piped to a program (core(5)). */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return gp_err_system(err, errno, "keep other processes out of the memory");
    return GP_OK;
}
