using System.Buffers.Binary;
using System.Net;
using Plait.Diagnostics.Failures;
using Plait.Native;
using Plait.Storage;
using Plait.Wire.Addresses;

namespace Plait.Chains.Server;

/// <summary>
/// Gives each client of a tunnel a source address of 127/8 of its own, from which its connections come to the service, and keeps a file that
/// says which is whose. A service that knows nothing of PROXY headers can then tell clients apart, and look them up.
/// </summary>
/// <remarks>
/// The table is exact (G1). A connection is made only when the file has its line. An address goes to no other client before four million others
/// were given, and those that a predecessor gave are known from its file: its connections may still live, when it drains. A connection that
/// cannot have a line gets none, and comes from the address that the system chooses.
/// </remarks>
[ProgramSeam]
internal sealed class ClientTable : IAsyncDisposable
{
    /// <summary>How long a line stays when its last connection has ended: for readers of the service's log. Not longer: it holds an address.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>Lines at most (G6): eight times MaxConnections, and within what is read back.</summary>
    internal const int Most = 65_536;

    private const string Heading = "# Clients of plait serve: the source address that the service sees, and the client's own. Next: ";

    // 127.128.0.0/10: away from InternalSources, so that a reader knows what an address is. Its first and last are left out.
    private const uint First = 0x7F80_0001;
    private const uint Count = (1 << 22) - 2;

    // As a successor waits for the state.
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Action<string> _warn;
    private readonly ITimer _sweep;
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, Entry> _entries = [];
    private readonly HashSet<uint> _given = [];
    private uint _next;
    private FileStream? _held;
    private Task _writing = Task.CompletedTask;
    private Task? _waiting; // the write after that, with all changes until it begins
    private bool _sweeps;
    private bool _warned;

    private ClientTable(string path, FileStream held, TimeProvider time, Action<string> warn)
    {
        (_path, _held, _time, _warn) = (path, held, time, warn);
        _next = (uint)Random.Shared.Next((int)Count);
        _sweep = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Opens a table. Beside it stands an empty file whose name ends with <c>.lock</c>, for as long as this one accepts clients and
    /// longer.</summary>
    /// <param name="path">The file: mode 0600. Lines that a predecessor left there stay for <see cref="Grace"/>.</param>
    /// <param name="patience">How long a predecessor that still ends, or begins to drain, may hold it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="warn">Takes a sentence when the file cannot be written any more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ClientTableInUseException">Another far end writes it.</exception>
    /// <exception cref="IOException">It cannot be written, or is another kind of file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal static async Task<ClientTable> OpenAsync(
        string path, TimeSpan patience, TimeProvider time, Action<string> warn, CancellationToken cancellationToken)
    {
        ThrowIfForeign(path);
        FileStream? held;
        long started = time.GetTimestamp();
        while ((held = TryLock(path)) is null)
        {
            if (time.GetElapsedTime(started) >= patience)
            {
                throw new ClientTableInUseException();
            }

            await Task.Delay(s_retry, time, cancellationToken).ConfigureAwait(false);
        }

        var table = new ClientTable(path, held, time, warn);
        try
        {
            table.Load();
            table.Write();
            return table;
        }
        catch
        {
            await table._sweep.DisposeAsync().ConfigureAwait(false);
            await held.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets a successor have the file. Connections that are open keep their addresses, and the lines stay; new ones get none.</summary>
    internal async Task CloseAsync()
    {
        Task writing;
        FileStream? held;
        lock (_lock)
        {
            (held, _held) = (_held, null);
            writing = _waiting ?? _writing;
        }

        await _sweep.DisposeAsync().ConfigureAwait(false);
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // a late one would overwrite the successor's
        if (held is not null)
        {
            await held.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes it. Without a successor no line remains: all connections have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        try
        {
            using FileStream? held = TryLock(_path);
            if (held is not null && StateFile.ReadText(_path) == Text()) // else one has been there, whose connections may live
            {
                lock (_lock)
                {
                    _entries.Clear();
                }

                Write();
            }
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            // Its folder has gone, or become read-only.
        }
    }

    /// <summary>The source address of a client, when the file has its line.</summary>
    /// <param name="client">The client's address.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>To be disposed when the connection has ended. Null if the client can have none: the table is full or closed, or cannot be
    /// written.</returns>
    internal async Task<ClientSource?> TakeAsync(IPAddress client, CancellationToken cancellationToken)
    {
        if (Enter(client) is not { } entry)
        {
            return null;
        }

        try
        {
            await entry.Written!.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new(AddressOf(entry.Source), () => Leave(entry));
        }
        catch (Exception e)
        {
            Leave(entry);
            if (DiskErrors.IsOne(e))
            {
                return null; // exact or absent
            }

            throw;
        }
    }

    private Entry? Enter(IPAddress client)
    {
        lock (_lock)
        {
            if (_held is null)
            {
                return null;
            }

            if (!_entries.TryGetValue(client, out Entry? entry))
            {
                if (_entries.Count >= Most)
                {
                    RemoveEnded(TimeSpan.Zero);
                }

                if (_entries.Count >= Most)
                {
                    return null;
                }

                _entries.Add(client, entry = new(NextFree()));
            }

            if (entry.Written is null or { IsFaulted: true })
            {
                entry.Written = Written();
            }

            entry.Connections++;
            return entry;
        }
    }

    private void Leave(Entry entry)
    {
        lock (_lock)
        {
            if (--entry.Connections == 0)
            {
                entry.Ended = _time.GetTimestamp();
                SweepLater();
            }
        }
    }

    private void Sweep()
    {
        lock (_lock)
        {
            _sweeps = false;
            if (_held is not null)
            {
                RemoveEnded(Grace);
                _ = Written();
                if (_entries.Values.Any(entry => entry.Connections == 0))
                {
                    SweepLater();
                }
            }
        }
    }

    /// <summary>Under the lock. Looks again within a grace: a line stays for two at most.</summary>
    private void SweepLater()
    {
        if (!_sweeps)
        {
            _sweeps = true;
            _sweep.Change(Grace, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Under the lock.</summary>
    private void RemoveEnded(TimeSpan age)
    {
        foreach ((IPAddress client, Entry entry) in _entries)
        {
            if (entry.Connections == 0 && _time.GetElapsedTime(entry.Ended) >= age)
            {
                _entries.Remove(client);
                _given.Remove(entry.Source);
            }
        }
    }

    /// <summary>Under the lock. There are always more addresses than lines.</summary>
    private uint NextFree()
    {
        uint source;
        do
        {
            source = _next;
            _next = (_next + 1) % Count;
        }
        while (!_given.Add(source));
        return source;
    }

    /// <summary>Under the lock: a write that begins from now on. Those who come while another is under way share one.</summary>
    private Task Written() => _waiting ??= WriteAfterAsync(_writing);

    private async Task WriteAfterAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding); // the pool may wait for a disk
        lock (_lock)
        {
            (_writing, _waiting) = (_waiting!, null);
        }

        try
        {
            Write();
            _warned = false;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            if (!_warned)
            {
                _warned = true;
                _warn($"the table of clients cannot be written to {_path}: {e.Message}; until it can, the service sees clients under no address of their own");
            }

            throw;
        }
    }

    private void Write() => StateFile.Replace(_path, Text(), lasting: false); // connections do not outlive a loss of power

    private string Text()
    {
        lock (_lock)
        {
            return string.Concat(_entries
                .Select(entry => $"{AddressOf(entry.Value.Source)} {entry.Key}\n")
                .Prepend($"{Heading}{AddressOf(_next)}\n"));
        }
    }

    private void Load()
    {
        long now = _time.GetTimestamp();
        foreach (string line in (StateFile.ReadText(_path) ?? "").Split('\n'))
        {
            if (line.StartsWith(Heading, StringComparison.Ordinal))
            {
                _next = SourceOf(line[Heading.Length..]) ?? _next;
            }
            else if (line.Split(' ') is [var written, var client] && SourceOf(written) is { } source
                && AddressText.TryParseAddress(client, out IPAddress? address)
                && _entries.Count < Most && !_entries.ContainsKey(address) && _given.Add(source))
            {
                _entries.Add(address, new(source) { Ended = now, Written = Task.CompletedTask });
            }
        }

        if (_entries.Count > 0)
        {
            SweepLater();
        }
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return StateFile.OpenAlone(path + ".lock");
        }
        catch (IOException e) when (DiskErrors.IsLocked(e) || e.HResult == Libc.Exists) // another has just made it
        {
            return null;
        }
    }

    private static void ThrowIfForeign(string path)
    {
        if (FileStatus.Of(path, follow: false) is { IsRegular: false })
        {
            throw new IOException("it is no regular file");
        }

        if (StateFile.ReadText(path) is { Length: > 0 } text && !text.StartsWith(Heading, StringComparison.Ordinal))
        {
            throw new IOException("there is another file of that name, which is no table of clients");
        }
    }

    private static IPAddress AddressOf(uint source)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, First + source);
        return new(bytes);
    }

    private static uint? SourceOf(string text)
    {
        Span<byte> bytes = stackalloc byte[4];
        return AddressText.TryParseAddress(text, out IPAddress? address) && address.TryWriteBytes(bytes, out int length) && length == bytes.Length
            && BinaryPrimitives.ReadUInt32BigEndian(bytes) - First is < Count and var source ? source : null;
    }

    private sealed class Entry(uint source)
    {
        internal uint Source => source;

        internal int Connections { get; set; }

        /// <summary>When the last connection ended.</summary>
        internal long Ended { get; set; }

        /// <summary>The write that brought its line into the file.</summary>
        internal Task? Written { get; set; }
    }
}

/// <summary>The source address of one client's connections, for one connection.</summary>
/// <param name="address">The address.</param>
/// <param name="left">Called at the end.</param>
internal sealed class ClientSource(IPAddress address, Action left) : IDisposable
{
    private Action? _left = left;

    internal IPAddress Address => address;

    /// <summary>The connection has ended. Calling again changes nothing.</summary>
    public void Dispose() => Interlocked.Exchange(ref _left, null)?.Invoke();

    /// <summary>Without the address, which leads to the client's (G5).</summary>
    public override string ToString() => "a client's source address";
}

/// <summary>Another far end writes the table. That passes when it ends, or drains.</summary>
[ProgramSeam]
internal sealed class ClientTableInUseException() : IOException("another far end writes it");
