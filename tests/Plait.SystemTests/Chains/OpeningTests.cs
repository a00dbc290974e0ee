using System.Diagnostics;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Chains;

/// <summary>
/// G11: no opening is lost to the way that Plait joins its transports. Wired by hand, obfs3|obfs4 loses one in ten at
/// fifty at a time without the first-byte gate. PLAIT_OPENINGS=5000 runs the long form.
/// </summary>
public class OpeningTests(ITestOutputHelper output)
{
    private const int AtATime = 50;
    private const int ShortForm = 200;

    // An opening that is lost to a joint hangs until a transport gives up, 30 s later. This limit is below that.
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(25);

    private static int Openings =>
        int.TryParse(Environment.GetEnvironmentVariable("PLAIT_OPENINGS"), out int number) ? number : ShortForm;

    [Theory]
    [InlineData("obfs3_obfs4")]
    [InlineData("obfs4_obfs3")]
    [InlineData("obfs4_obfs4")]
    [InlineData("obfs2_obfs3_obfs4")]
    public Task ProxyJoint_ManyOpenings_NoneIsLost(string chain) => OpenManyAsync(chain, Plaitrc.Obfs4Proxy());

    [Theory]
    [InlineData("obfs3_obfs4")]
    [InlineData("obfs2_obfs3_obfs4")]
    public Task ShimJoint_ManyOpenings_NoneIsLost(string chain) => OpenManyAsync(chain, Plaitrc.Obfs4Proxy(Plaitrc.ForceShim));

    [Theory]
    [InlineData("obfs3_obfs4")]
    public Task OrPortJoint_ManyOpenings_NoneIsLost(string chain) => OpenManyAsync(chain, Plaitrc.Obfs4Proxy(Plaitrc.ForceOrPort));

    [Theory]
    [InlineData("obfs3_obfs4")] // the inner server speaks first, and obfs4proxy's client may not show that (O4-37)
    [InlineData("obfs4_obfs3")]
    public Task HopInsidePlait_ManyOpenings_NoneIsLost(string chain) => OpenManyAsync(chain, Plaitrc.WithObfs3Inside());

    [Theory]
    [InlineData("obfs3_obfs4")]
    public Task HopInsidePlaitOverOtherJoints_ManyOpenings_NoneIsLost(string chain) =>
        OpenManyAsync(chain, Plaitrc.WithObfs3Inside(Plaitrc.ForceShim, Plaitrc.ForceOrPort));

    private async Task OpenManyAsync(string chain, string plaitrc)
    {
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, [chain]);
        var times = new List<TimeSpan>();
        var failures = new List<string>();
        int next = 0;
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(_ => WorkAsync()));

        times.Sort();
        output.WriteLine(
            $"{chain}: {times.Count} opened and echoed, {failures.Count} failed; median {times[times.Count / 2].TotalMilliseconds:0} ms, "
            + $"99 % {times[times.Count * 99 / 100].TotalMilliseconds:0} ms, longest {times[^1].TotalMilliseconds:0} ms");
        Assert.True(failures.Count == 0, $"{string.Join(", ", failures)}\n{pair.Log.Tail()}");
        Assert.Equal(0, pair.Client.Counters.Provisional); // none of these grants early (G2)
        await pair.WaitForNothingLeftAsync();

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) <= Openings)
            {
                try
                {
                    TimeSpan time = await OpenAndEchoAsync(pair, chain);
                    lock (times)
                    {
                        times.Add(time);
                    }
                }
                catch (Exception e) when (e is SocksRefusedException or SocketException or TimeoutException or EndOfStreamException)
                {
                    lock (failures)
                    {
                        failures.Add(e.Message);
                    }
                }
            }
        }
    }

    private static async Task<TimeSpan> OpenAndEchoAsync(ChainPair pair, string chain)
    {
        long started = Stopwatch.GetTimestamp();
        using Socket socket = await pair.OpenAsync(chain).Within("the opening", Lost);
        await socket.WriteAllAsync(new byte[] { 42 });
        TimeSpan left = Lost - Stopwatch.GetElapsedTime(started);
        Assert.Equal([42], await socket.ReadExactlyAsync(1).Within("the echo of one byte", left > TimeSpan.Zero ? left : TimeSpan.Zero));
        return Stopwatch.GetElapsedTime(started);
    }
}
