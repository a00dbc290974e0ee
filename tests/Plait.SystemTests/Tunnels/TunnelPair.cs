using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.TorNet;
using Plait.Wire.Addresses;

namespace Plait.SystemTests.Tunnels;

/// <summary>Both ends of a tunnel by the published program, over obfs3|obfs4 unless another chain is asked for. Each has a directory of its
/// own.</summary>
internal sealed class TunnelPair : IAsyncDisposable
{
    internal const string Chain = "obfs3|obfs4";

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-tunnel-").FullName;

    private TunnelPair(IPEndPoint at)
    {
        FarAddress = at;
    }

    /// <summary>Where the network reaches the far end.</summary>
    public IPEndPoint FarAddress { get; }

    /// <summary>The far end.</summary>
    public RunningProgram Far { get; private set; } = null!;

    /// <summary>The bridge line that it printed.</summary>
    public string BridgeLine { get; private set; } = "";

    /// <summary>A path below the directory of both.</summary>
    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <summary>Opens a far end, and waits for its bridge line.</summary>
    public static async Task<TunnelPair> ServeAsync(params string[] options)
    {
        Programs.Require("obfs4proxy");
        var pair = new TunnelPair(FreePorts.TakeEndPoint());
        try
        {
            pair.Far = RunningProgram.Start(PlaitProgram.Path, [
                "serve", "--chain", Chain, "--listen", pair.FarAddress.ToString(), "--state", pair.PathOf("state"), .. options]);
            pair.BridgeLine = await pair.Far.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>The words of a near end that goes to this far end.</summary>
    public string[] Words(params string[] options) => ["connect", "--bridge", BridgeLine, .. options];

    /// <summary>Opens a near end, and waits until it listens.</summary>
    public async Task<RunningProgram> ConnectAsync(params string[] options)
    {
        RunningProgram near = RunningProgram.Start(PlaitProgram.Path, Words(options));
        try
        {
            await near.Lines.WaitForAsync(line => line.Contains(" listens at ", StringComparison.Ordinal), "the near end listens");
            return near;
        }
        catch
        {
            await near.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a near end at a TCP port.</summary>
    public async Task<(RunningProgram Near, IPEndPoint Address)> ListenAsync(params string[] options)
    {
        RunningProgram near = await ConnectAsync(["--listen", "127.0.0.1:0", .. options]);
        string line = near.Lines.Snapshot()[0];
        Assert.True(AddressText.TryParse(line.AsSpan(line.LastIndexOf(' ') + 1), out IPEndPoint? address), line);
        return (near, address);
    }

    /// <summary>Opens another near end at an address that an earlier one has given up.</summary>
    public async Task<(RunningProgram Near, IPEndPoint Address)> ListenAgainAsync(IPEndPoint address) =>
        (await ConnectAsync("--listen", address.ToString()), address);

    /// <summary>A connection of an application.</summary>
    public static async Task<Socket> DialAsync(EndPoint address)
    {
        Socket socket = address is UnixDomainSocketEndPoint
            ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address).Within("the near end accepts");
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        if (Far is not null)
        {
            await Far.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
