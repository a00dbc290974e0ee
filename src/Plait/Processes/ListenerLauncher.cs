using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Diagnostics.Secrecy;

namespace Plait.Processes;

/// <summary>A program to start that listens where it is told to and says nothing of it: a SOCKS program, a tunnel, a SIP003 plugin.</summary>
/// <param name="Name">How messages call it: the program's file name.</param>
/// <param name="Command">Program, arguments, environment.</param>
/// <param name="Listen">Where it was told to listen; the port is not 0.</param>
/// <param name="FacesNetwork">It is to be reached from the network. Any other has to listen at that loopback address alone (G10).</param>
internal sealed record ListenerRequest(SafeText Name, ChildCommand Command, IPEndPoint Listen, bool FacesNetwork)
{
    /// <summary>It is a plugin of Shadowsocks (SIP003).</summary>
    internal bool IsSip003 { get; init; }

    /// <summary>Where it was told to connect to, if that is a listener of Plait's.</summary>
    internal IPEndPoint? Joint { get; init; }

    /// <summary>The name alone: the rest holds addresses and secrets (G5).</summary>
    public override string ToString() => Name.ToString();
}

/// <summary>
/// Starts a program and waits until it listens where it was told to, as the system lists it: it gives no word of its readiness, and a connection
/// to see whether it accepts would be carried through (Q8, Q10).
/// </summary>
internal sealed class ListenerLauncher(ChildLauncher launcher, Limits limits, TimeProvider time, Scrubber scrubber)
{
    // A program listens within milliseconds of its start (Q8), so the first looks are close together.
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(100);

    // A program that listens elsewhere may have several listeners, and the one that it was told to open may be the last.
    private static readonly TimeSpan s_elsewhere = TimeSpan.FromSeconds(3);

    /// <summary>Starts it.</summary>
    /// <param name="request">What to start.</param>
    /// <param name="limit">How long it may take: at most <see cref="Limits.StartTimeout"/>.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="LaunchException">It failed; no process is left.</exception>
    internal async Task<ChildProcess> LaunchAsync(ListenerRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        await Poller.LeaveAsync(); // files are read
        var words = new ListenerWords(request, limits, scrubber);
        ChildProcess child;
        try
        {
            child = await ChildProcess.StartAsync(
                request.Command, launcher, limits.ExitGrace, time, scrubber, onMessage: _ => { }).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new LaunchException(words.NotStarted(e), e);
        }

        try
        {
            await WaitAsync(request, words, child, limit, cancellationToken).ConfigureAwait(false);
            return child;
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task WaitAsync(
        ListenerRequest request, ListenerWords words, ChildProcess child, TimeSpan limit, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        TimeSpan pause = s_firstPause;
        ListenerState state = ListenerState.Nowhere;
        while (true)
        {
            if (child.Died.IsCompleted)
            {
                await child.Exited.WaitAsync(cancellationToken).ConfigureAwait(false); // its last words
                throw new LaunchException(words.Ended(child));
            }

            TimeSpan age = time.GetElapsedTime(started);
            ListenerState before = state;
            state = await LookAsync(request, child, looksElsewhere: age > s_elsewhere, cancellationToken).ConfigureAwait(false);
            switch (state)
            {
                case ListenerState.There:
                    return;
                case ListenerState.TooWide:
                    throw new LaunchException(words.TooWide());
                case ListenerState.Elsewhere when before == ListenerState.Elsewhere: // twice: it may be just opening the other
                    throw new LaunchException(words.Elsewhere());
                case ListenerState.Taken when before == ListenerState.Taken:
                    await child.Died.WaitAsync(s_longestPause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    throw new LaunchException(words.Taken());
            }

            if (age >= limit)
            {
                throw new LaunchException(words.TooLate(child, limit));
            }

            await child.Died.WaitAsync(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            await Poller.LeaveAsync();
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    /// <summary>Where the program listens at this moment.</summary>
    private static async Task<ListenerState> LookAsync(
        ListenerRequest request, ChildProcess child, bool looksElsewhere, CancellationToken cancellationToken)
    {
        IPEndPoint listen = request.Listen;
        if (SocketTable.At(listen.Port, TcpState.Listen) is not { } listeners)
        {
            return await AcceptsAsync(listen, cancellationToken).ConfigureAwait(false) ? ListenerState.There : ListenerState.Nowhere;
        }

        // Listeners of both families may have one port, those of different programs too: the program's own decides, then one that cannot be told.
        TcpSocket[] near = [.. listeners.Where(socket => IsWide(socket, listen) || socket.IsAt(listen))];
        bool?[] own = [.. near.Select(socket => ProcessSockets.Has(child.Id, socket.Inode))];
        if (own.Contains(true))
        {
            return StateOf(near.Where((_, i) => own[i] == true).Any(socket => IsWide(socket, listen))); // alone at the address that it was told (G10)
        }

        if (own.Contains(null))
        {
            return StateOf(near.Where((_, i) => own[i] is null).All(socket => IsWide(socket, listen)));
        }

        // One of the other family leaves room: if it does not, as it is for both, the program says so and ends.
        if (near.Any(socket => socket.Local.AddressFamily == listen.AddressFamily))
        {
            return ListenerState.Taken;
        }

        ListenerState StateOf(bool wide) => wide && !request.FacesNetwork ? ListenerState.TooWide : ListenerState.There;

        return looksElsewhere && SocketTable.At(0, TcpState.Listen)?.Exists(socket => ProcessSockets.Has(child.Id, socket.Inode) == true) == true
            ? ListenerState.Elsewhere
            : ListenerState.Nowhere;
    }

    /// <summary>Whether a listener is at all addresses, where one was named.</summary>
    private static bool IsWide(TcpSocket socket, IPEndPoint listen) => socket.Local.Address.IsAny() && !listen.Address.IsAny();

    /// <summary>Where the system lists no sockets: by a connection, although a tunnel carries it through.</summary>
    private static async Task<bool> AcceptsAsync(IPEndPoint listen, CancellationToken cancellationToken)
    {
        using var socket = new Socket(listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            IPAddress address = listen.Address.IsAny()
                ? listen.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback
                : listen.Address;
            await socket.ConnectAsync(new IPEndPoint(address, listen.Port), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private enum ListenerState
    {
        /// <summary>It listens nowhere yet, as far as was looked.</summary>
        Nowhere,

        /// <summary>It listens where it was told to.</summary>
        There,

        /// <summary>It listens at all addresses, and was told one of loopback.</summary>
        TooWide,

        /// <summary>Another program listens there.</summary>
        Taken,

        /// <summary>It listens, and not there.</summary>
        Elsewhere,
    }
}
