namespace Plait.Configuration;

/// <summary>The options of tor's own torrc.</summary>
/// <remarks>tor 0.4.9.11, by its <c>--list-torrc-options</c>. Options that tor skips, and other names of options, are not listed there; they were tried.</remarks>
[ProgramSeam]
internal static class TorrcWords
{
    /// <summary>The version of tor whose options these are.</summary>
    internal const string Version = "0.4.9.11";

    private const string Listed =
        """
        __AllDirActionsPrivate __AlwaysCongestionControl __ControlPort __DirPort __DisablePredictedCircuits __DisableSignalHandlers __DNSPort
        __ExtORPort __HashedControlSessionPassword __HTTPTunnelPort __LeaveStreamsUnattached __MetricsPort __NATDPort __ORPort __OwningControllerFD
        __OwningControllerProcess __ReloadTorrcOnSIGHUP __SbwsExit __SocksPort __TransPort AccelDir AccelName AccountingMax AccountingRule
        AccountingStart Address AddressDisableIPv6 AllowNonRFC953Hostnames AlternateBridgeAuthority AlternateDirAuthority AssumeReachable
        AssumeReachableIPv6 AuthDirBadExit AuthDirBadExitCCs AuthDirFastGuarantee AuthDirGuardBWGuarantee AuthDirHasIPv6Connectivity AuthDirInvalid
        AuthDirInvalidCCs AuthDirListBadExits AuthDirListMiddleOnly AuthDirMaxServersPerAddr AuthDirMiddleOnly AuthDirMiddleOnlyCCs AuthDirPinKeys
        AuthDirReject AuthDirRejectCCs AuthDirRejectRequestsUnderLoad AuthDirSharedRandomness AuthDirTestEd25519LinkKeys AuthDirTestReachability
        AuthDirVoteGuard AuthDirVoteGuardBwThresholdFraction AuthDirVoteGuardGuaranteeTimeKnown AuthDirVoteGuardGuaranteeWFU
        AuthDirVoteStableGuaranteeMinUptime AuthDirVoteStableGuaranteeMTBF AuthoritativeDirectory AutomapHostsOnResolve AutomapHostsSuffixes
        AvoidDiskWrites BandwidthBurst BandwidthRate Bridge BridgeAuthoritativeDir BridgeDistribution BridgePassword BridgeRecordUsageByCountry
        BridgeRelay CacheDirectory CacheDirectoryGroupReadable CellStatistics CircuitBuildTimeout CircuitPadding CircuitPriorityHalflife
        CircuitsAvailableTimeout CircuitStreamTimeout ClientBootstrapConsensusAuthorityDownloadInitialDelay
        ClientBootstrapConsensusAuthorityOnlyDownloadInitialDelay ClientBootstrapConsensusFallbackDownloadInitialDelay
        ClientBootstrapConsensusMaxInProgressTries ClientDNSRejectInternalAddresses ClientOnionAuthDir ClientOnly ClientPreferIPv6DirPort
        ClientPreferIPv6ORPort ClientRejectInternalAddresses ClientTransportPlugin ClientUseIPv4 ClientUseIPv6 CompiledProofOfWorkHash ConfluxClientUX
        ConfluxEnabled ConnDirectionStatistics ConnectionPadding ConnLimit ConsensusParams ConstrainedSockets ConstrainedSockSize ContactInfo
        ControlPort ControlPortFileGroupReadable ControlPortWriteToFile ControlSocket ControlSocketsGroupWritable CookieAuthentication CookieAuthFile
        CookieAuthFileGroupReadable CountPrivateBandwidth DataDirectory DataDirectoryGroupReadable DirAllowPrivateAddresses DirAuthority
        DirAuthorityFallbackRate DirCache DirPolicy DirPort DirPortFrontPage DirReqStatistics DisableAllSwap DisableDebuggerAttachment DisableNetwork
        DisableOOSCheck DNSPort DormantCanceledByStartup DormantClientTimeout DormantOnFirstStartup DormantTimeoutDisabledByIdleStreams
        DormantTimeoutEnabled DoSCircuitCreationBurst DoSCircuitCreationDefenseTimePeriod DoSCircuitCreationDefenseType DoSCircuitCreationEnabled
        DoSCircuitCreationMinConnections DoSCircuitCreationRate DoSConnectionConnectBurst DoSConnectionConnectDefenseTimePeriod
        DoSConnectionConnectRate DoSConnectionDefenseType DoSConnectionEnabled DoSConnectionMaxConcurrentCount DoSRefuseSingleHopClientRendezvous
        DoSStreamCreationBurst DoSStreamCreationDefenseType DoSStreamCreationEnabled DoSStreamCreationRate DownloadExtraInfo EnforceDistinctSubnets
        EntryNodes EntryStatistics ExcludeExitNodes ExcludeNodes ExitNodes ExitPolicy ExitPolicyRejectLocalInterfaces ExitPolicyRejectPrivate
        ExitPortStatistics ExitRelay ExtendAllowPrivateAddresses ExtendByEd25519ID ExtORPort ExtORPortCookieAuthFile
        ExtORPortCookieAuthFileGroupReadable ExtraInfoStatistics FallbackDir FamilyId FamilyKeyDirectory FascistFirewall FetchDirInfoEarly
        FetchDirInfoExtraEarly FetchHidServDescriptors FetchServerDescriptors FetchUselessDescriptors FirewallPorts GeoIPExcludeUnknown GeoIPFile
        GeoIPv6File GuardfractionFile GuardLifetime HardwareAccel HashedControlPassword HeartbeatPeriod HiddenServiceAllowUnknownPorts
        HiddenServiceDir HiddenServiceDirGroupReadable HiddenServiceEnableIntroDoSBurstPerSec HiddenServiceEnableIntroDoSDefense
        HiddenServiceEnableIntroDoSRatePerSec HiddenServiceExportCircuitID HiddenServiceMaxStreams HiddenServiceMaxStreamsCloseCircuit
        HiddenServiceNonAnonymousMode HiddenServiceNumIntroductionPoints HiddenServiceOnionBalanceInstance HiddenServicePort
        HiddenServicePoWDefensesEnabled HiddenServicePoWQueueBurst HiddenServicePoWQueueRate HiddenServiceSingleHopMode HiddenServiceStatistics
        HiddenServiceVersion HSLayer2Nodes HSLayer3Nodes HTTPProxy HTTPProxyAuthenticator HTTPSProxy HTTPSProxyAuthenticator HTTPTunnelPort IPv6Exit
        KeepalivePeriod KeepBindCapabilities KeyDirectory KeyDirectoryGroupReadable KISTSchedRunInterval KISTSockBufSizeFactor
        LearnCircuitBuildTimeout Log LogMessageDomains LogTimeGranularity LongLivedPorts MainloopStats MapAddress MaxAdvertisedBandwidth
        MaxCircuitDirtiness MaxClientCircuitsPending MaxConsensusAgeForDiffs MaxHSDirCacheBytes MaxMemInQueues MaxOnionQueueDelay
        MaxUnparseableDescSizeToLog MetricsPort MetricsPortPolicy MiddleNodes MinimalAcceptedServerVersion MinMeasuredBWsForAuthToIgnoreAdvertised
        MinUptimeHidServDirectoryV2 MyFamily NATDPort NewCircuitPeriod Nickname NodeFamily NoExec NumCPUs NumDirectoryGuards NumEntryGuards
        NumPrimaryGuards OfflineMasterKey ORPort OutboundBindAddress OutboundBindAddressExit OutboundBindAddressOR OutboundBindAddressPT
        OverloadStatistics PaddingStatistics PathBiasCircThreshold PathBiasDropGuards PathBiasExtremeRate PathBiasExtremeUseRate PathBiasNoticeRate
        PathBiasNoticeUseRate PathBiasScaleThreshold PathBiasScaleUseThreshold PathBiasUseThreshold PathBiasWarnRate PathsNeededToBuildCircuits
        PerConnBWBurst PerConnBWRate PidFile ProtocolWarnings PublishHidServDescriptors PublishServerDescriptor ReachableAddresses
        ReachableDirAddresses ReachableORAddresses RecommendedClientVersions RecommendedServerVersions RecommendedVersions ReconfigDropsBridgeDescs
        ReducedCircuitPadding ReducedConnectionPadding ReducedExitPolicy ReevaluateExitPolicy RefuseUnknownExits RejectPlaintextPorts
        RelayBandwidthBurst RelayBandwidthRate RephistTrackTime RunAsDaemon SafeLogging SafeSocks Sandbox Schedulers ServerDNSAllowBrokenConfig
        ServerDNSAllowNonRFC953Hostnames ServerDNSDetectHijacking ServerDNSRandomizeCase ServerDNSResolvConfFile ServerDNSSearchDomains
        ServerDNSTestAddresses ServerTransportListenAddr ServerTransportOptions ServerTransportPlugin ShutdownWaitLength SigningKeyLifetime
        Socks4Proxy Socks5Proxy Socks5ProxyPassword Socks5ProxyUsername SocksPolicy SocksPort SocksTimeout SSLKeyLifetime StrictNodes
        SyslogIdentityTag TCPProxy TestingAuthDirTimeToLearnReachability TestingAuthKeyLifetime TestingAuthKeySlop
        TestingBridgeBootstrapDownloadInitialDelay TestingBridgeDownloadInitialDelay TestingClientConsensusDownloadInitialDelay
        TestingClientDownloadInitialDelay TestingClientMaxIntervalWithoutRequest TestingDirAuthVoteExit TestingDirAuthVoteExitIsStrict
        TestingDirAuthVoteGuard TestingDirAuthVoteGuardIsStrict TestingDirAuthVoteHSDir TestingDirAuthVoteHSDirIsStrict TestingDirConnectionMaxStall
        TestingEnableCellStatsEvent TestingEnableConnBwEvent TestingLinkCertLifetime TestingLinkKeySlop TestingMinExitFlagThreshold
        TestingMinFastFlagThreshold TestingMinTimeToReportBandwidth TestingServerConsensusDownloadInitialDelay TestingServerDownloadInitialDelay
        TestingSigningKeySlop TestingTorNetwork TestingV3AuthInitialDistDelay TestingV3AuthInitialVoteDelay TestingV3AuthInitialVotingInterval
        TestingV3AuthVotingStartOffset TestSocks TokenBucketRefillInterval TrackHostExits TrackHostExitsExpire TransPort TransProxyType
        TruncateLogFile UnixSocksGroupWritable UpdateBridgesFromAuthority UseBridges UseDefaultFallbackDirs UseEntryGuards UseGuardFraction
        UseMicrodescriptors User V3AuthDistDelay V3AuthNIntervalsValid V3AuthoritativeDirectory V3AuthUseLegacyKey V3AuthVoteDelay
        V3AuthVotingInterval V3BandwidthsFile VanguardsLiteEnabled VersioningAuthoritativeDirectory VirtualAddrNetworkIPv4 VirtualAddrNetworkIPv6
        WarnPlaintextPorts
        """;

    private const string Skipped =
        """
        __UseFilteringSSLBufferevents AllowDotExit AllowInvalidNodes AllowSingleHopCircuits AllowSingleHopExits AlternateHSAuthority
        AndroidIdentityTag AuthDirBadDir AuthDirBadDirCCs AuthDirListBadDirs AuthDirMaxServersPerAuthAddr AuthDirRejectUnlisted CircuitIdleTimeout
        ClientAutoIPv6ORPort ClientBootstrapConsensusAuthorityOnlyMaxDownloadTries ClientBootstrapConsensusMaxDownloadTries
        CloseHSClientCircuitsImmediatelyOnTimeout CloseHSServiceRendCircuitsImmediatelyOnTimeout ControlListenAddress DirListenAddress DisableIOCP
        DisableV2DirectoryInfo_ DNSListenAddress DynamicDHGroups ExcludeSingleHopRelays FallbackNetworkstatusFile FastFirstHopPK FetchV2Networkstatus
        Group HiddenServiceAuthorizeClient HidServAuth HidServDirectoryV2 MaxOnionsPending NamingAuthoritativeDirectory NATDListenAddress
        OptimisticData ORListenAddress PathBiasDisableRate PathBiasMultFactor PathBiasScaleFactor PathBiasUseCloseCounts PortForwarding
        PortForwardingHelper PredictedPortsRelevanceTime PreferTunneledDirConns RecommendedPackages RunTesting SchedulerHighWaterMark__
        SchedulerLowWaterMark__ SchedulerMaxFlushCells__ SocksListenAddress StrictEntryNodes StrictExitNodes Support022HiddenServices
        TestingCertMaxDownloadTries TestingConsensusMaxDownloadTries TestingDescriptorMaxDownloadTries TestingEnableTbEmptyEvent
        TestingEstimatedDescriptorPropagationTime TestingMicrodescMaxDownloadTries TLSECGroup Tor2webMode Tor2webRendezvousPoints TransListenAddress
        TunnelDirConns UseEntryGuardsAsDirGuards UseFilteringSSLBufferevents UseNTorHandshake UserspaceIOCPBuffers V1AuthoritativeDirectory
        V2AuthoritativeDirectory VoteOnHidServDirectoriesV2 WarnUnsafeSocks
        """;

    private const string OtherNames =
        """
        _HSLayer2Nodes _HSLayer3Nodes AllowUnverifiedNodes AuthDirBadDirCC AuthDirBadExitCC AuthDirInvalidCC AuthDirMiddleOnlyCC AuthDirRejectCC
        AutomapHostOnResolve AutomapHostSuffixes BandwidthBurstBytes BandwidthRateBytes BridgeAuthoritativeDirectory
        ClientBootstrapConsensusAuthorityDownloadSchedule ClientBootstrapConsensusAuthorityOnlyDownloadSchedule
        ClientBootstrapConsensusFallbackDownloadSchedule DirBindAddress DirServer EntryNode ExcludeNode FirewallPort LongLivedPort MaxConn
        MaxMemInCellQueues NumCPU NumEntryNodes NumHelperNodes ORBindAddress PreferTunnelledDirConns RecommendedPackage ResolvConf SearchDomains
        ServerDNSAllowBrokenResolvConf SocksBindAddress SocksSocketsGroupWritable StrictEntryNode StrictExitNode StrictNode
        TestingBridgeBootstrapDownloadSchedule TestingBridgeDownloadSchedule TestingClientConsensusDownloadSchedule TestingClientDownloadSchedule
        TestingServerConsensusDownloadSchedule TestingServerDownloadSchedule UseEntryNodes UseHelperNodes VirtualAddrNetwork
        """;

    // In the order in which tor looks for abbreviations.
    private static readonly string[] s_options = [.. WordsOf(Listed).Concat(WordsOf(Skipped)).OrderBy(word => word.ToLowerInvariant(), StringComparer.Ordinal)];

    private static readonly HashSet<string> s_known = new(s_options.Concat(WordsOf(OtherNames)), StringComparer.OrdinalIgnoreCase);

    /// <summary>The option that a misspelt word may stand for.</summary>
    internal static IEnumerable<string> Options => WordsOf(Listed);

    /// <summary>Whether it is a whole word of tor's, in any case.</summary>
    internal static bool Contains(string word) => s_known.Contains(word);

    /// <summary>The option that tor takes a word for: the first that begins with it. tor warns that abbreviations are deprecated.</summary>
    internal static string? OfAbbreviation(string word) =>
        Array.Find(s_options, option => word.Length > 0 && option.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    private static string[] WordsOf(string list) => list.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
