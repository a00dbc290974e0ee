using Plait.Wire.Pt;

namespace Plait.SystemTests.Surroundings;

/// <summary>What a transport does in a surrounding.</summary>
internal enum Outcome
{
    /// <summary>It moves data, and ends well when it is asked to.</summary>
    MovesData,

    /// <summary>It ends at once, with 0: the parent has asked for that.</summary>
    EndsAtOnce,

    /// <summary>
    /// It cannot announce anything. A bridge serves at the address that it was told; a client's port is not known to tor. Both end
    /// well when they are asked to.
    /// </summary>
    IsUnheard,

    /// <summary>It announces what it was asked for and lives until it is asked to end, whatever happens to its children.</summary>
    Survives,

    /// <summary>
    /// Too little is left for a chain. The reason stands in a line that tor shows. Plait goes on without the chain, or ends with
    /// the exit code for a shortage once each name has its error.
    /// </summary>
    Refuses,

    /// <summary>It may die at any time.</summary>
    MayDie,
}

/// <summary>
/// A hardened surrounding, as docs/surroundings.md lists it: how it is made, what obfs4proxy alone does in it, and what Plait
/// does. A row of <see cref="All"/> is all that a new one takes, and a row of the page.
/// </summary>
/// <param name="Name">The name, which the page repeats.</param>
/// <param name="Options">
/// Options of <see cref="Confine"/>. In them <c>{state}</c>, <c>{plait}</c>, <c>{obfs4proxy}</c>, <c>{loader}</c> and <c>{user}</c> stand
/// for the state directory, the two programs, the system's dynamic loader, and a user without a process.
/// </param>
internal sealed record Surrounding(string Name, params string[] Options)
{
    private const string DebianSets = "@aio,@chown,@keyring,@memlock,@resources,@setuid,@timer";

    /// <summary>What obfs4proxy alone does.</summary>
    public Outcome Control { get; private init; }

    /// <summary>What Plait does.</summary>
    public Outcome Expected { get; private init; }

    /// <summary>What TOR_PT_EXIT_ON_STDIN_CLOSE says.</summary>
    public bool ExitOnStdinClose { get; private init; } = true;

    /// <summary>
    /// A bridge has Plait's own listener in front (<c>ServerTransportWire * plait</c>): then one process serves all of its hops, and a second one
    /// does not count against the limit.
    /// </summary>
    public bool OneProcess { get; private init; }

    /// <summary>Parts of log messages that Plait must write exactly once.</summary>
    public string? LoggedOnce { get; private init; }

    /// <summary>Every surrounding.</summary>
    public static IReadOnlyList<Surrounding> All { get; } =
    [
        new("no memory both writable and executable", "--mdwe"),
        new("system calls of seven sets refused", "--refuse", DebianSets, "EPERM"),
        new("Landlock", "--exec-only", "{plait}:{obfs4proxy}:{loader}", "--write-below", "{state}"),
        new("16 processes", "--limit", "nproc", "16", "--user", "{user}") { OneProcess = true },
        new("25 processes", "--limit", "nproc", "25", "--user", "{user}"),
        new("12 processes", "--limit", "nproc", "12", "--user", "{user}") { Expected = Outcome.Survives },
        new("8 processes", "--limit", "nproc", "8", "--user", "{user}") { Control = Outcome.MayDie, Expected = Outcome.Refuses },
        new("4 processes", "--limit", "nproc", "4", "--user", "{user}") { Control = Outcome.MayDie, Expected = Outcome.Refuses },
        // Without MALLOC_ARENA_MAX the C library reserves 64 MB for each thread of obfs4proxy that allocates, until too little is
        // left for the stack of another thread: "pthread_create failed: Resource temporarily unavailable", seen in 15 of 16 runs.
        new("1 GB of address space", "--limit", "as", "1000000000", "--set", "MALLOC_ARENA_MAX", "1"),
        new("1 GB of address space, malloc's arenas included", "--limit", "as", "1000000000") { Control = Outcome.MayDie, Expected = Outcome.Survives },
        new("200 MB of address space", "--limit", "as", "200000000", "--set", "MALLOC_ARENA_MAX", "1") { Control = Outcome.MayDie, Expected = Outcome.Refuses },
        new("64 descriptors", "--limit", "nofile", "64"),
        new("16 descriptors", "--limit", "nofile", "16") { Expected = Outcome.Refuses },
        new("8 descriptors", "--limit", "nofile", "8") { Control = Outcome.MayDie, Expected = Outcome.Refuses },
        new("no new privileges", "--no-new-privileges"),
        new("read-only root", "--read-only", "/tmp:/run:/dev/shm:{state}", "--user", "{user}"),
        new("nothing writable but the state directory", "--read-only", "{state}", "--user", "{user}"),
        new("no /proc", "--no-proc", "--user", "{user}"),
        new("hidden processes in /proc", "--proc", "hidepid=invisible", "--user", "{user}"),
        new("only processes in /proc", "--proc", "subset=pid,hidepid=invisible", "--user", "{user}"),
        new("no netlink sockets", "--no-netlink"),
        new("no HOME", "--unset", "HOME"),
        new("no PATH", "--unset", "PATH"),
        new("a bare environment", "--bare-environment"),
        new("a user without a passwd entry", "--user", "{user}"),
        new("process 1", "--pid1", "--proc", ""),
        new("stdin closed", "--close", "0") { ExitOnStdinClose = false },
        new("stdin closed, to be heeded", "--close", "0") { Control = Outcome.EndsAtOnce, Expected = Outcome.EndsAtOnce },
        new("stdout closed", "--close", "1") { Control = Outcome.IsUnheard, Expected = Outcome.IsUnheard },
        new("stderr closed", "--close", "2"),
        .. from error in new[] { "EPERM", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EACCES", "ENOTRECOVERABLE" }
           select new Surrounding($"splice refused with {error}", "--refuse", "splice", error) { LoggedOnce = "does not splice" },
        new("no libssl and no libcrypto", "{no-openssl}"),
        new("a hardened unit",
            "--read-only", "{state}", "--proc", "subset=pid,hidepid=invisible", "--limit", "nproc", "25", "--limit", "nofile", "256", "--user", "{user}",
            "--mdwe", "--no-netlink", "--refuse", DebianSets, "EPERM", "--bare-environment"),
    ];

    /// <summary>Every surrounding, for a client and for a bridge.</summary>
    public static IEnumerable<TheoryDataRow<string, PtRole>> Rows =>
        from surrounding in All
        from role in new[] { PtRole.Client, PtRole.Server }
        select new TheoryDataRow<string, PtRole>(surrounding.Name, role);

    /// <summary>
    /// Those in which obfs4proxy does something certain. A client that is not heard is none: the number of stdout goes to one of its
    /// own descriptors, and writing to that kills it or not.
    /// </summary>
    public static IEnumerable<TheoryDataRow<string, PtRole>> ControlRows =>
        from row in Rows
        let outcome = Of(row.Data.Item1).Control
        where outcome != Outcome.MayDie && (outcome != Outcome.IsUnheard || row.Data.Item2 == PtRole.Server)
        select row;

    /// <summary>The surrounding of a name.</summary>
    public static Surrounding Of(string name) => All.Single(row => row.Name == name);
}
