# Copyright (c) 2026, dataops.airflow contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install, start and stop a real Airflow on this machine.

    airflow_sandbox.py install|start|stop    the request is a JSON object on stdin, the answer one on stdout
    airflow_sandbox.py supervise DIRECTORY   (what start leaves running, with the Python of that Airflow)

Nothing but the standard library, and no secret in an argument, an answer or a log.
"""

import base64
import contextlib
import fcntl
import gc
import hashlib
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid

UV_VERSION = "0.13.9"
MARK = "DATAOPS_AIRFLOW_SANDBOX"
GRACE = 5
STABLE = 20  # seconds after which the end of a component is not a failed start
PORTS = range(20000, 30000)  # below what Linux and macOS give to outgoing connections
LOG_LINES = 25


class SandboxError(Exception):
    """Something that the user has to know, as one message."""


# ---------------------------------------------------------------- install


def install(request):
    lock = pathlib.Path(request["lock"])
    venv = pathlib.Path(request["venv"])
    complete = venv / ".complete"
    if complete.exists() or request["check"]:
        return {"changed": not complete.exists()}

    venv.parent.mkdir(parents=True, exist_ok=True)
    with exclusively(venv.with_name(venv.name + ".lock")):
        if complete.exists():
            return {"changed": False}
        if venv.exists():
            shutil.rmtree(venv)
        uv = find_uv(request)
        python = find_python(uv, request)
        run(
            [uv, "venv", "--quiet", "--no-project", "--python", python, venv],
            "The virtual environment could not be created",
        )
        command = [uv, "pip", "install", "--quiet", "--python", venv / "bin" / "python", "--compile-bytecode"]
        command += ["--no-deps", "--require-hashes", "--requirements", lock]
        command += ["--requirements", request["requirements"]] if request["requirements"] else []
        run(command, "Airflow " + request["version"] + " could not be installed")
        complete.touch()
    return {"changed": True}


def find_uv(request):
    if request["uv"]:
        return request["uv"]
    tools = pathlib.Path(request["tools"])
    own = tools / ("uv-" + UV_VERSION)
    with exclusively(tools / "uv.lock"):
        for uv in (shutil.which("uv"), pathlib.Path(sys.executable).with_name("uv"), own / "bin" / "uv"):
            # A version manager's shim can be on PATH and not work.
            if (
                uv
                and os.path.exists(uv)
                and subprocess.run([uv, "--version"], check=False, capture_output=True).returncode == 0
            ):
                return uv
        install_uv(own)
    return own / "bin" / "uv"


def install_uv(own):
    run(
        [sys.executable, "-m", "venv", "--clear", own],
        "uv is not on PATH, and no virtual environment could be created for it",
    )
    run(
        [own / "bin" / "python", "-m", "pip", "install", "--quiet", "uv==" + UV_VERSION],
        "uv is not on PATH and could not be installed",
    )


def find_python(uv, request):
    if request["python"]:
        return request["python"]
    root = pathlib.Path(os.environ.get("PYENV_ROOT") or pathlib.Path.home() / ".pyenv")
    path = [os.environ.get("PATH", ""), *sorted((str(bin) for bin in root.glob("versions/*/bin")), reverse=True)]
    command = [uv, "python", "find", "--no-project", "--system", "--no-python-downloads", request["python_range"]]
    found = subprocess.run(
        command, check=False, capture_output=True, text=True, env=dict(os.environ, PATH=os.pathsep.join(path))
    )
    if found.returncode:
        raise SandboxError(
            "Airflow {version} needs Python {python_range}, but none was found on PATH or in pyenv. "
            "Install one, or set sandbox_python.".format(**request)
        )
    return found.stdout.strip()


def run(command, failure):
    done = subprocess.run(
        list(map(str, command)),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise SandboxError(failure + ":\n" + done.stdout.strip())


# ---------------------------------------------------------------- the sandbox on disk


class Sandbox:
    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.logs = self.home / "logs"
        self.password_file = self.home / "admin-password"
        self.config_file = self.home / "airflow.cfg"
        self.state_file = self.home / "sandbox.json"
        self.failure_file = self.home / "failure.json"
        self.pid_file = self.home / "supervisor.pid"

    def state(self):
        with contextlib.suppress(FileNotFoundError):
            return json.loads(self.state_file.read_text(encoding="utf-8"))
        return {}

    def supervisor(self):
        """The supervisor's process id, if it lives: it alone can hold the lock on its file."""
        try:
            file = self.pid_file.open("r+")
        except FileNotFoundError:
            return None
        with file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return int(file.read() or 0) or None
            return None


def write_private(path, text):
    """Write a file that only its owner can read, whole or not at all."""
    new = path.with_name(path.name + ".new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


@contextlib.contextmanager
def exclusively(path):
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def configuration(request, sandbox, state):
    """The text of airflow.cfg: what a sandbox needs, for both generations, and over it what the user wants."""
    url = "http://127.0.0.1:{port}".format(**state)
    airflow_2 = request["version"].startswith("2.")
    # Seconds for which SQLite waits for another writer. Airflow 3 stores its audit log on the API server's event loop
    # (log_action, 3.3.2), which the commit of a request that holds the database needs, so that both wait this long.
    patience = 30 if airflow_2 else 10
    file = "sqlite:///{}?timeout={}".format(sandbox.home / "airflow.db", patience)
    settings = {
        "core": {
            "dags_folder": request["dags_folder"] or sandbox.home / "dags",
            "executor": request["executor"],
            "parallelism": 4,
            "mp_start_method": "fork",
            "load_examples": False,
            "fernet_key": state["keys"]["fernet"],
            "internal_api_secret_key": state["keys"]["internal"],
        },
        "database": {
            "sql_alchemy_conn": request["database"] or file,
            "load_default_connections": False,
        },
        "logging": {
            "base_log_folder": sandbox.logs / "tasks",
            "dag_processor_manager_log_location": sandbox.logs / "dag-processor-manager.log",
            "dag_processor_child_process_log_directory": sandbox.logs / "dag-parsing",
            "colored_console_log": False,
        },
        "scheduler": {"scheduler_idle_sleep_time": 0.5},
        "usage_data_collection": {"enabled": False},
        "fab": {"auth_rate_limited": False},
    }
    if airflow_2:
        settings["api"] = {"auth_backends": "airflow.api.auth.backend.basic_auth,airflow.api.auth.backend.session"}
        settings["webserver"] = {
            "web_server_host": "127.0.0.1",
            "web_server_port": state["port"],
            "base_url": url,
            "secret_key": state["keys"]["web"],
            "auth_rate_limited": False,
        }
        settings["scheduler"].update(
            min_file_process_interval=5,
            dag_dir_list_interval=3,
            parsing_processes=1,
            child_process_log_directory=sandbox.logs / "dag-parsing",
        )
    else:
        manager = {
            "fab": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
            "simple": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        }[request["auth_manager"]]
        settings["core"].update(
            auth_manager=manager,
            execution_api_server_url=url + "/execution/",
            simple_auth_manager_users=request["admin_username"] + ":admin",
            simple_auth_manager_passwords_file=sandbox.home / "simple-passwords.json",
        )
        settings["api"] = {
            "host": "127.0.0.1",
            "port": state["port"],
            "base_url": url,
            "workers": 1,
            "secret_key": state["keys"]["web"],
        }
        settings["api_auth"] = {"jwt_secret": state["keys"]["jwt"]}
        settings["dag_processor"] = {
            "min_file_process_interval": 5,
            "refresh_interval": 3,
            "bundle_refresh_check_interval": 1,
            "parsing_processes": 1,
        }
    for section, options in request["config"].items():
        if not isinstance(options, dict):
            raise SandboxError(f"sandbox_config: {section} must be a dictionary of options.")
        settings.setdefault(section, {}).update(options)

    lines = []
    for section, options in settings.items():
        lines.append(f"[{section}]")
        for option, value in options.items():
            text = str(value) if isinstance(value, (str, os.PathLike)) else "" if value is None else json.dumps(value)
            lines.append("{} = {}".format(option, text.replace("%", "%%").replace("\n", "\n    ")))
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------- start


def start(request):
    # ansible-core before 2.19 makes text of numbers and booleans, a user may give a number for a text.
    request.update(
        port=int(request["port"]), timeout=int(request["timeout"]), triggerer=str(request["triggerer"]) == "True"
    )
    request.update({name: str(request[name]) for name in ("admin_username", "admin_password")})
    sandbox = Sandbox(request["home"])
    state = sandbox.state()
    if state and state["version"] != request["version"]:
        raise SandboxError(
            "The sandbox {} has Airflow {}, not {}: use another sandbox_name for the other version, "
            "or remove this one first (sandbox_state: absent).".format(
                sandbox.home.name, state["version"], request["version"]
            )
        )
    if request["check"]:
        same = bool(state) and sandbox.supervisor() and fingerprint(request, sandbox, state) == state["fingerprint"]
        return answer(sandbox, dict({"port": request["port"]}, **state), not same)

    sandbox.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusively(sandbox.home / ".lock"):
        state = sandbox.state() or new_state(request)
        running = sandbox.supervisor()
        if running and fingerprint(request, sandbox, state) == state["fingerprint"]:
            wait_until_healthy(request, sandbox, state)
            return answer(sandbox, state, False)
        stop_processes(sandbox, state)
        state["port"] = choose_port(request["port"], state["port"])
        write_files(request, sandbox, state)
        supervisor = spawn(request, sandbox, state)
        try:
            wait_until_healthy(request, sandbox, state, supervisor)
        except BaseException:
            stop_processes(sandbox, state)
            raise
    return answer(sandbox, state, True)


def answer(sandbox, state, changed):
    return {
        "changed": changed,
        "port": state["port"],
        "log_dir": str(sandbox.logs),
        "password_file": str(sandbox.password_file),
        "dags_folder": state.get("dags_folder", str(sandbox.home / "dags")),
    }


def new_state(request):
    return {
        "id": uuid.uuid4().hex,
        "version": request["version"],
        "port": None,
        "fingerprint": None,
        "keys": {
            "fernet": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            **{name: secrets.token_hex(32) for name in ("internal", "web", "jwt")},
        },
    }


def admin_password(request, sandbox):
    if request["admin_password"]:
        return request["admin_password"]
    with contextlib.suppress(FileNotFoundError):
        return sandbox.password_file.read_text(encoding="utf-8").rstrip("\n")
    return secrets.token_urlsafe(18)


def fingerprint(request, sandbox, state):
    """Changes when something changes that only a restart brings about."""
    if request["port"] not in (0, state["port"]):
        return ""
    parts = [configuration(request, sandbox, state), admin_password(request, sandbox)]
    parts += [request[name] for name in ("venv", "admin_username", "auth_manager", "triggerer")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def choose_port(wanted, last):
    for port in [wanted] if wanted else [last, *random.sample(PORTS, 50)]:
        with socket.socket() as probe, contextlib.suppress(OSError, TypeError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise SandboxError(
        f"Port {wanted} of 127.0.0.1 is in use or not allowed: give another sandbox_port, or 0 for a free one."
    )


def write_files(request, sandbox, state):
    password = admin_password(request, sandbox)
    write_private(sandbox.password_file, password + "\n")
    write_private(sandbox.config_file, configuration(request, sandbox, state))
    if request["auth_manager"] == "simple":
        write_private(sandbox.home / "simple-passwords.json", json.dumps({request["admin_username"]: password}))
    sandbox.logs.mkdir(exist_ok=True)
    dags = pathlib.Path(request["dags_folder"] or sandbox.home / "dags")
    dags.mkdir(parents=True, exist_ok=True)
    state.update(
        fingerprint=fingerprint(request, sandbox, state),
        dags_folder=str(dags),
        home=str(sandbox.home),
        sqlite=None if request["database"] else str(sandbox.home / "airflow.db"),
        password_file=str(sandbox.password_file),
        **{name: request[name] for name in ("venv", "admin_username", "auth_manager", "triggerer")},
    )
    write_private(sandbox.state_file, json.dumps(state, indent=2))


def spawn(request, sandbox, state):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    environment.pop("VIRTUAL_ENV", None)
    environment.update(
        {
            MARK: state["id"],
            "AIRFLOW_HOME": str(sandbox.home),
            "PATH": os.path.join(request["venv"], "bin") + os.pathsep + environment.get("PATH", os.defpath),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "NO_PROXY": ",".join(filter(None, ["127.0.0.1,localhost", environment.get("NO_PROXY")])),
            # Process titles would otherwise be written over the environment, and with it over the mark.
            "SPT_NOENV": "1",
            # Airflow 3 has the LocalExecutor on SQLite. Airflow 2 refuses it without this, and its SequentialExecutor
            # starts a new Python for each task, which takes ten times as long, and lets the scheduler wait for it.
            "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
            "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        }
    )
    with contextlib.suppress(FileNotFoundError):
        sandbox.failure_file.unlink()
    python = os.path.join(request["venv"], "bin", "python")
    with open(sandbox.logs / "supervisor.log", "ab") as log:
        return subprocess.Popen(
            [python, os.path.abspath(__file__), "supervise", str(sandbox.home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=str(sandbox.home),
            start_new_session=True,
        )


# ---------------------------------------------------------------- health


def wait_until_healthy(request, sandbox, state, started=None):
    deadline = time.monotonic() + request["timeout"]
    while True:
        # Right after its start the supervisor holds no lock yet.
        alive = sandbox.supervisor() or (started and started.poll() is None)
        missing = what_is_missing(request, sandbox, state) if alive else ""
        if not alive:
            raise SandboxError(why_it_failed(sandbox))
        if not missing:
            return
        if time.monotonic() > deadline:
            raise SandboxError(
                "Airflow {} was not healthy after {} seconds: {}. Its logs are in {}.".format(
                    request["version"], request["timeout"], missing, sandbox.logs
                )
            )
        time.sleep(0.2)


def why_it_failed(sandbox):
    try:
        failure = json.loads(sandbox.failure_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        failure = {"component": "supervisor", "reason": "ended"}
    log = sandbox.logs / (failure["component"] + ".log")
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "Airflow's {component} {reason}. The end of {log}:\n{lines}".format(
        log=log, lines="\n".join(lines[-LOG_LINES:]), **failure
    )


def what_is_missing(request, sandbox, state):
    """Ask the running Airflow; nothing missing is an empty text."""
    url = "http://127.0.0.1:{port}".format(**state)
    airflow_2 = request["version"].startswith("2.")
    try:
        if not airflow_2:
            # Its first request takes seconds, in which no other is answered: better now than with the first task.
            fetch(url + "/execution/health")
        health = fetch(url + ("/api/v1/health" if airflow_2 else "/api/v2/monitor/health"))
    except (OSError, ValueError) as error:
        return f"the API does not answer ({error})"
    parts = ["metadatabase", "scheduler"]
    parts += [] if airflow_2 else ["dag_processor"]
    parts += ["triggerer"] if request["triggerer"] else []
    for part in parts:
        if (health.get(part) or {}).get("status") != "healthy":
            return f"the {part} is not healthy"
    credentials = {"username": request["admin_username"], "password": admin_password(request, sandbox)}
    try:
        if airflow_2:
            basic = base64.b64encode("{username}:{password}".format(**credentials).encode()).decode()
            fetch(url + "/api/v1/pools?limit=1", headers={"Authorization": "Basic " + basic})
        else:
            fetch(
                url + "/auth/token", headers={"Content-Type": "application/json"}, data=json.dumps(credentials).encode()
            )
    except (OSError, ValueError) as error:
        return f"the administrator cannot log in ({error})"
    return ""


def fetch(url, **request):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, **request), timeout=60) as response:
        return json.load(response)


# ---------------------------------------------------------------- stop


def stop(request):
    sandbox = Sandbox(request["home"])
    if not sandbox.home.exists():
        return {"changed": False}
    if not request["check"]:
        with exclusively(sandbox.home / ".lock"):
            stop_processes(sandbox, sandbox.state())
            shutil.rmtree(sandbox.home)
    return {"changed": True}


def stop_processes(sandbox, state):
    supervisor = sandbox.supervisor()
    if supervisor:
        os.kill(supervisor, signal.SIGTERM)
        give_up = time.monotonic() + 3 * GRACE
        while sandbox.supervisor() == supervisor and time.monotonic() < give_up:
            time.sleep(0.05)
    if state:
        end(lambda known: family(state["id"], known))


def end(find):
    """Stop the processes that `find` finds, first asking them, and wait until there are none."""
    started = time.monotonic()
    known = set()
    for signal_number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 3 * GRACE)):
        asked = set()
        while time.monotonic() < started + patience:
            found = find(known)
            if not found:
                return
            for process in found if signal_number == signal.SIGKILL else found - asked:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process[0], signal_number)
            asked |= found
            known |= found
            time.sleep(0.05)
    raise SandboxError(f"These processes of the sandbox could not be stopped: {sorted(find(known))}")


def family(mark, known=(), ancestor=None):
    """The living processes that carry this sandbox's mark, descend from `ancestor` or are known already,
    with all that descends from them. A process is its id and the time of its start.
    """
    parents, started, members = {}, {}, set()
    for pid, parent, start, environment in processes():
        parents[pid], started[pid] = parent, start
        if (pid, start) in known or f"{MARK}={mark}".encode() in environment:
            members.add(pid)
    for pid in parents:
        line = []
        while pid in parents and pid not in members and pid != ancestor:
            line.append(pid)
            pid = parents[pid]
        if pid in members or pid == ancestor:
            members.update(line)
    return {(pid, started[pid]) for pid in members - {os.getpid(), ancestor}}


def processes():
    """Id, parent, time of start and environment of every living process, as far as this user may see it."""
    if not os.path.exists("/proc/self/environ"):
        listing = subprocess.run(
            ["ps", "-axEww", "-o", "pid=,ppid=,stat=,command="], check=False, stdout=subprocess.PIPE
        ).stdout
        for line in listing.splitlines():
            pid, parent, status, command = line.split(None, 3)
            if not status.startswith(b"Z"):
                yield int(pid), int(parent), b"", command
        return
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                with open(f"/proc/{entry}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()
                environment = b""
                with contextlib.suppress(PermissionError), open(f"/proc/{entry}/environ", "rb") as file:
                    environment = file.read()
                if fields[0] not in (b"Z", b"X"):
                    yield int(entry), int(fields[1]), fields[19], environment


# ---------------------------------------------------------------- supervise


class Supervisor:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.settings = sandbox.state()
        self.running = {}
        self.stopping = False

    def run(self):
        signal.signal(signal.SIGTERM, self.on_signal)
        signal.signal(signal.SIGINT, self.on_signal)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        adopt_orphans()
        say("importing Airflow")
        gc.disable()  # a sixth of the time that importing takes
        sys.dont_write_bytecode = True  # not beside the role's files
        import airflow_components

        sys.dont_write_bytecode = False
        airflow_components.preload_shared()
        self.fork("prepare", lambda: airflow_components.prepare(self.settings))
        gates = {}
        components = airflow_components.components(self.settings)
        for name, (early, run) in components.items():
            gates[name] = self.fork_waiting(name, lambda early=early: airflow_components.preload(early), run)
        failed = False
        while not self.stopping and not failed:
            for name, lived, status in self.ended():
                if name == "prepare" and status == 0:
                    say("the metadatabase is ready")
                    for gate in gates.values():
                        os.write(gate, b"!")
                        os.close(gate)
                elif name in components and "prepare" not in dict(self.running.values()) and lived > STABLE:
                    say(name, reason_of(status), "after", round(lived), "seconds")
                    self.fork(name, components[name][1])
                else:
                    failed = True
                    self.report(name, status)
                    break
            time.sleep(0.1)
        self.end_all()
        return int(failed)

    def on_signal(self, number, frame):
        self.stopping = True

    def fork_waiting(self, name, early, run):
        """Fork a component that does what it can before the metadatabase is ready, and waits for that."""
        reader, writer = os.pipe()

        def wait_and_run():
            os.close(writer)
            early()
            gc.freeze()
            gc.enable()
            if os.read(reader, 1):
                run()

        self.fork(name, wait_and_run)
        os.close(reader)
        return writer

    def fork(self, name, run):
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            say("starting", name, "as process", pid)
            self.running[pid] = (name, time.monotonic())
            return
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            log = os.open(self.sandbox.logs / (name + ".log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            set_title(f"airflow {name} -- sandbox {self.sandbox.home.name}")
            run()
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
            if isinstance(stop.code, str):
                print(stop.code, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def ended(self):
        """Yield the name, the seconds lived and the wait status of each component that ended."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                if pid in self.running:
                    name, started = self.running.pop(pid)
                    yield name, time.monotonic() - started, status

    def report(self, name, status):
        reason = reason_of(status)
        say(name, reason)
        write_private(self.sandbox.failure_file, json.dumps({"component": name, "reason": reason}))

    def end_all(self):
        say("stopping")
        for pid in self.running:
            os.kill(pid, signal.SIGTERM)
        give_up = time.monotonic() + GRACE
        while self.running and time.monotonic() < give_up:
            list(self.ended())
            time.sleep(0.05)

        def rest(known):
            list(self.ended())
            return family(self.settings["id"], known, os.getpid())

        end(rest)
        say("stopped")


def reason_of(status):
    """What a wait status says, as the rest of a sentence about a component."""
    if os.WIFSIGNALED(status):
        return f"was killed by signal {os.WTERMSIG(status)}"
    return f"ended with exit code {os.WEXITSTATUS(status)}"


def adopt_orphans():
    """Have Linux make this process the parent of every descendant whose own parent ended."""
    if sys.platform == "linux":
        import ctypes

        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def set_title(title):
    """Show in `ps` what this process is; Airflow brings the package, but leaves it alone on macOS."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError):
            import setproctitle

            setproctitle.setproctitle(title)


def say(*words):
    print(time.strftime("%Y-%m-%d %H:%M:%S"), *words, flush=True)


def supervise(home):
    sandbox = Sandbox(home)
    with open(os.open(sandbox.pid_file, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return "another supervisor runs in " + home
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        return Supervisor(sandbox).run()


def main():
    verb, *rest = sys.argv[1:]
    if verb == "supervise":
        return supervise(*rest)
    try:
        print(json.dumps({"install": install, "start": start, "stop": stop}[verb](json.load(sys.stdin))))
        return 0
    except SandboxError as error:
        message = str(error)
    except Exception:
        message = "Unexpectedly:\n" + traceback.format_exc()
    print(json.dumps({"changed": False, "error": message}))
    return 1


if __name__ == "__main__":
    sys.exit(main())
