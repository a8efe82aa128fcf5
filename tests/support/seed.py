"""What the API.func page promises; every later version of the default spec keeps it."""

from __future__ import annotations

from collections import Counter

from .paths import SPECS

Text = tuple[str, str]  # what explain_exit_code prints, and suggest_recovery
UNKNOWN: Text = ("Unknown error", "")


def _read_rows() -> dict[tuple[str, int], Text]:
    """Read the rows by category and code, in the order of the page."""
    lines = (SPECS / "seed" / "exit_codes.txt").read_text("ascii").splitlines()
    rows = [line.split(" | ") for line in lines if line and line[0] != "#"]
    return {(row[1], int(row[0])): (row[2], row[3]) for row in rows}


ROWS = _read_rows()
CATEGORIES = tuple(dict.fromkeys(category for category, _ in ROWS))
CODES = tuple(dict.fromkeys(code for _, code in ROWS))
CLAIMED_TWICE = {
    code: [category for category, row_code in ROWS if row_code == code]
    for code, times in Counter(code for _, code in ROWS).items()
    if times > 1
}


def explained(code: int, category: str = "") -> Text:
    """Return what a code means; without a category, in the first that has the code."""
    if code == 0:
        return ("Success", "")
    for name in (category,) if category else CATEGORIES:
        if (name, code) in ROWS:
            return ROWS[name, code]
    return UNKNOWN


# The examples of `explain_exit_code`: what is printed for an argument.
EXAMPLES = {
    "127": "Command not found",
    "241": "MySQL/MariaDB: Connection failed (server not running / wrong socket)",
    "206": "Custom: CTID already in use (check 'pct list' and /etc/pve/lxc/)",
    "999": "Unknown error",
}

# The variables and the JSON text of each payload. The host is a Proxmox VE 8.2.2.
PAYLOADS = {
    "post_to_api": (
        {
            "CT_TYPE": "1",
            "DISK_SIZE": "8",
            "CORE_COUNT": "2",
            "RAM_SIZE": "2048",
            "var_os": "debian",
            "var_version": "12",
            "NSAPP": "myapp",
            "METHOD": "default",
            "RANDOM_UUID": "550e8400-e29b",
        },
        '{"ct_type":1,"type":"lxc","disk_size":8,"core_count":2,"ram_size":2048,'
        '"os_type":"debian","os_version":"12","nsapp":"myapp","method":"default",'
        '"pve_version":"8.2.2","status":"installing","random_id":"550e8400-e29b"}',
    ),
    "post_to_api_vm": (
        {
            "VMID": "100",
            "VM_CORES": "4",
            "VM_RAM": "4096",
            "VM_DISK": "20",
            "VM_OS": "ubuntu",
            "VM_VERSION": "22.04",
            "VM_APP": "jellyfin",
            "RANDOM_UUID": "550e8400-e29b",
        },
        '{"vm_id":100,"type":"qemu","vm_cores":4,"vm_ram":4096,"vm_disk":20,'
        '"vm_os":"ubuntu","vm_version":"22.04","vm_app":"jellyfin",'
        '"pve_version":"8.2.2","status":"installing","random_id":"550e8400-e29b"}',
    ),
    "post_update_to_api": (
        {"RANDOM_UUID": "550e8400-e29b"},
        '{"status":"completed","random_id":"550e8400-e29b","exit_code":0,'
        '"error_explanation":""}',
    ),
}
