using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Lifecycle;
using Plait.SystemTests.TorNet;
using Plait.Wire.Addresses;

namespace Plait.SystemTests.Tunnels;

/// <summary>Both ends of a tunnel by the published program, over obfs3|obfs4. Each has a directory of its own.</summary>
internal sealed class TunnelPair : IAsyncDisposable
{
    internal const string Chain = "obfs3|obfs4";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-tunnel-").FullName;
    private readonly List<RunningProgram> _fars = [];
    private readonly string[] _file;
    private readonly string[] _options;

    private TunnelPair(IPEndPoint at, TunnelForm form, string[] options)
    {
        (FarAddress, _options) = (at, options);
        _file = form == TunnelForm.InProcess ? [] : ["-f", PathOf("plaitrc")];
        if (form == TunnelForm.Programs)
        {
            File.WriteAllText(PathOf("plaitrc"), Victims.Plaitrc);
        }
    }

    /// <summary>Where the network reaches the far end.</summary>
    public IPEndPoint FarAddress { get; }

    /// <summary>The far end: the latest.</summary>
    public RunningProgram Far => _fars[^1];

    /// <summary>The bridge line that it printed.</summary>
    public string BridgeLine { get; private set; } = "";

    /// <summary>A path below the directory of both.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Opens a far end in process, and waits for its bridge line.</summary>
    public static Task<TunnelPair> ServeAsync(params string[] options) => ServeAsync(TunnelForm.InProcess, options);

    /// <summary>Opens a far end, and waits for its bridge line.</summary>
    public static Task<TunnelPair> ServeAsync(TunnelForm form, params string[] options) => ServeAtAsync(FreePorts.TakeEndPoint(), form, options);

    /// <summary>The same at an address.</summary>
    public static async Task<TunnelPair> ServeAtAsync(IPEndPoint address, TunnelForm form, params string[] options)
    {
        var pair = new TunnelPair(address, form, options);
        try
        {
            await pair.ServeAgainAsync();
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens another far end at the address and with the state of the one before, which has ended or drains.</summary>
    public async Task ServeAgainAsync()
    {
        _fars.Add(RunningProgram.Start(PlaitProgram.Path, FarWords(FarAddress, PathOf("state"))));
        BridgeLine = await SaysAsync(Far, line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");
    }

    /// <summary>The words of another far end of the same kind, with a state of its own.</summary>
    public string[] FarWords(IPEndPoint address, string state) =>
        ["serve", .. _file, "--chain", Chain, "--listen", address.ToString(), "--state", state, .. _options];

    /// <summary>The words of a near end that goes to this far end.</summary>
    public string[] Words(params string[] options) => ["connect", .. _file, "--bridge", BridgeLine, .. options];

    /// <summary>Waits until a near end listens.</summary>
    public static Task ListensAsync(RunningProgram near) =>
        SaysAsync(near, line => line.Contains(" listens at ", StringComparison.Ordinal), "the near end listens");

    /// <summary>Waits for a line of an end. An end that has ended before it is the failure.</summary>
    public static async Task<string> SaysAsync(RunningProgram end, Predicate<string> line, string what)
    {
        Task<string> said = end.Lines.WaitForAsync(line, what);
        if (await Task.WhenAny(said, end.StreamsEnded) != said && !said.IsCompleted)
        {
            Assert.Fail($"not before it ended: {what}\n{end.ErrorLines.Tail()}");
        }

        return await said;
    }

    /// <summary>Opens a near end, and waits until it listens.</summary>
    public async Task<RunningProgram> ConnectAsync(params string[] options)
    {
        RunningProgram near = RunningProgram.Start(PlaitProgram.Path, Words(options));
        try
        {
            await ListensAsync(near);
            return near;
        }
        catch
        {
            await near.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a near end at a TCP port.</summary>
    public Task<(RunningProgram Near, IPEndPoint Address)> ListenAsync(params string[] options) =>
        ListenAtAsync(new(IPAddress.Loopback, 0), options);

    /// <summary>The same at an address.</summary>
    public async Task<(RunningProgram Near, IPEndPoint Address)> ListenAtAsync(IPEndPoint place, params string[] options)
    {
        RunningProgram near = await ConnectAsync(["--listen", place.ToString(), .. options]);
        string line = near.Lines.Snapshot()[0];
        Assert.True(AddressText.TryParse(line.AsSpan(line.LastIndexOf(' ') + 1), out IPEndPoint? address), line);
        return (near, address);
    }

    /// <summary>A connection of an application.</summary>
    public static async Task<Socket> DialAsync(EndPoint address)
    {
        Socket socket = address is UnixDomainSocketEndPoint
            ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address).Within("the near end accepts");
        return socket;
    }

    /// <summary>A connection of an application that is not carried: it ends, by an end or a reset, as the transports have it.</summary>
    public static async Task RefusedAsync(EndPoint address)
    {
        try
        {
            using Socket socket = await DialAsync(address);
            await EndsAsync(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // So soon that the system reports it of connecting.
        }
    }

    /// <summary>Waits for the end of a connection, by an end or a reset.</summary>
    public static async Task EndsAsync(Socket socket)
    {
        Task<byte[]> ended = socket.ReadToEndAsync();
        await Task.WhenAny(ended).Within("the connection ends");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram far in _fars)
        {
            await far.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
