"""Words of IT support: programs, services, devices and their makers, protocols, errors. `products` has more of them.

Source: own work, written by hand from what makers call their products; names are facts. Apache-2.0 as the rest.
"""

WORDS = """
    ABBYY, Access to Work, Acronis, Active Directory, ActiveSync, AdBlock, Adobe, Adobe Creative Cloud,
    AdventureWorks, AirDrop, AirPlay, Airwatch, Akamai, Alfresco, Alpine Linux, Amazon, Amazon S3, AMD Ryzen,
    Anaconda, AnyConnect, AnyDesk, Apache, Apigee, AppArmor, Appium, AppLocker, ArcGIS, Arch Linux, ArcSight, Argo
    CD, ArgoCD, Asana, Asset Management, Astra, ASUS, Athena SQL, Atlassian, Atom, Audi, Autodesk, AutoHotkey,
    Autopilot, Autovacuum, Avast, Avaya, AWS, Azure, Azure AD, Azure DevOps, Backblaze, Backlog, Balena, Bamboo HR,
    Barracuda, Bartec, BigQuery, BitDefender, BitLocker, Bitwarden, BlackBerry, Blender, Blogger, Blue Screen,
    Bluetooth, BMW, Bomgar, Boyce-Brave browser, Brocade, Buildroot, CalDAV, Camry, Camtasia, Canonical,
    Canva, Capybara, Carbon Black, CardDAV, Catalyst, Celery, CentOS, Ceph, Certbot, Change Advisory Board, Change
    Request, Check Point, Checkmarx, CheckPoint, Chef, chkdsk, Chocolatey, Chromecast, CircleCI, Cisco, Cisco
    AnyConnect, Cisco Jabber, Cisco Meraki, Citrix, Citrix Workspace, Citroen, Citroen C3, Citroën, Citroën C3,
    ClamAV, ClickHouse, Clippy, Cloudflare, CloudFormation, CloudTrail, CloudWatch, CMake, CodePipeline,
    Cognos, Commvault, Compal, Conda, ConfigMgr, ConnectWise, Consul, Copilot, Corolla, Corsair, Cortana, CosmosDB,
    Couchbase, CouchDB, Credential Manager, Cron, Crowdin, CrowdStrike, Crystal Reports, CVE, CyberArk, Cygwin,
    D-Link, Dacia Duster, Dameware, Dark Mode, Data Guard, Databricks, Datadog, Datto, Dead Letter, Deep Freeze,
    Deep Link, Defender, Delinea, Dell Latitude, Dell OptiPlex, Delphix, Dev-C++, DigiCert, DigitalOcean,
    Discord, Disk Utility, Distribution List, DKIM, DMARC, Docker Desktop, DocuSign, DocuWare, Drupal, DuckDuckGo,
    Duo Mobile, Duo Security, DYMO, Dynamics 365, Dynamics NAV, Dynatrace, Echo Dot, EdgeRouter, Eduroam, EICAR,
    Elastic, Electron, EliteBook, EliteDesk, Entra, Entra ID, Envoy, Epson, Error Code, ESET, Espresso, ESXi,
    Ethernet, Event Viewer, Exchange Online, Exchange Server, F5 BIG-IP, Fail2ban, Failover, Fedora, Fiat Punto,
    FIDO2, FileZilla, Fire Stick, Firebase, FireEye, Firewall, Fitbit, Fluentd, Fly.io, Flyway, Ford Fiesta, Ford
    Focus, Ford Transit, FortiClient, FortiGate, Fortinet, Foxit, FreeBSD, FreeIPA, Freshdesk, Freshservice,
    Fujitsu, Galaxy S9, Galaxy Tab, GarageBand, Garmin, Gatsby, Genesys, Ghostscript, Gitea, Gitlab, Global Protect,
    GlobalProtect, Gnome, GnuPG, GoAnywhere, GoDaddy, Google, Google Authenticator, Google Workspace, Gotham font,
    GoToMeeting, GPO, Gradle, GraphQL, Group Policy, Group Policy Preferences, Grub, Hamachi, Handbrake, HAProxy,
    Hardware Acceleration, HashiCorp, Heartbleed, Helpdesk, Heroku, Hewlett Packard, Hibernate, HipChat, Honda
    Civic, Honeywell, Hotfix, Hotmail, HP, HP EliteBook, HP LaserJet, HubSpot, Hudu, Hugging Face, Hyper-V, Hyundai,
    Hyundai i10, iCal, Icinga, IdeaPad, iDRAC, Ignition, iMac, iMessage, Imprivata, InfluxDB, Informatica, Insomnia,
    Intel, Intel Core, Internet Information Services, Intune, InVision, iPad Pro, iPhone, iPhone 13, Istio, iTerm,
    Ivanti, Jabra, JAWS, JBoss, JetDirect, Jetson, Jetty, Joomla, Juniper, Kaseya, Kaspersky, KeePass,
    KeePassXC, Kerberos, Kernel Panic, Keycloak, Kia Picanto, Kindle Paperwhite, Kodi, Kofax, Konica, Konica
    Minolta, Kronos, Kustomize, Kyocera, LabVIEW, LANDesk, Lansweeper, LaserJet, LastPass, Latitude, Lenovo,
    Lexmark, libxml2, Lighthouse, Lightning cable, LinkedIn, Linksys, Log-in, Log4j, Log4Shell, Logitech, LogMeIn,
    Logstash, Lotus Notes, Lync, Magento, Mailchimp, Mailgun, Malwarebytes, ManageEngine, Mattermost, Mazda,
    McAfee, Meltdown, Memcached, Meraki, Mercurial, Metabase, Metasploit, Micro Focus, Microsoft, Microsoft 365,
    Microsoft Authenticator, Microsoft Defender, Microsoft Store, MicroStrategy, MikroTik, Mimecast, Mimikatz,
    Minecraft, MinGW, MinIO, Miro board, Mitsubishi, MobaXterm, MobileIron, Moderncv, MongoDB, MongoDB Atlas,
    Moodle, Motorola, Mozilla, MuleSoft, Multi-Factor, Multipass, MySpace, Nagios, Narrator, Nessus, NetApp,
    NetBeans, NetBIOS, Netflix, Netgear, Netlify, NetScaler, NetSuite, Nextcloud, NextDNS, Nexthink, Nexus, nginx,
    Nginx, Nikon, Nintendo Switch, Nissan Micra, Nmap, Nokia, Nokogiri, NordVPN, Nortel, Norton 360, Norton
    AntiVirus, Nuance, NullPointerException, Nutanix, NVDA, Nvidia, NVMe, Oculus, Odoo, Offboarding, Office 365,
    Okta Verify, Onboarding, OneLogin, OnePlus, OOM, Opel, OpenSSH, OpenSSL, OpenStack, OpenTable, OpenText,
    OpenVPN, OpsGenie, Optane, OptiPlex, Oracle, Oracle Forms, Oracle RAC, Otrs, OTRS, OtterBox, OutOfMemoryError,
    PagerDuty, Pagila, Palo Alto, Palo Alto Networks, Panorama, PaperCut, Paperless, Parallels, Passbolt, PayPal,
    PeopleSoft, Percona, Perforce, Peugeot, Peugeot 208, Phabricator, phpMyAdmin, Pi-hole, Pingdom, Pinterest,
    PipeWire, Plantronics, Plesk, Podman, Poly Studio, Polycom, Portainer, Post-mortem, Postfix, Postmortem,
    Preview, Prezi, Print Spooler, ProBook, Prod, ProLiant, Proofpoint, ProSupport, Proxmox, Pulse Secure, Puppet,
    PuTTY, Qlik, QlikView, QNAP, Qualcomm, Qualys, QuarkXPress, QuickTime, Quip, RabbitMQ, Rapid7,
    Raspbian, RayBan, Razer, RDP, Realtek, Red Hat, Redis, Redis Sentinel, Redmine, Redshift, Remedy, Remote
    Desktop, Renault Clio, Retina, Revit, Rhino, Ricoh, RingCentral, Riverbed, Roku, Rollback, Rollout, RSA SecurID,
    Rsync, RuboCop, Runbook, Sage 200, Sage 50, Sage Pay, Sakila, Salesforce, Samba, Samsung, Samsung Galaxy,
    Samsung Knox, SanDisk, SAP, SAP HANA, Scrapy, Screencast, Seagate, SecureCRT, SecurID, SELinux, SendGrid,
    Sennheiser, Sentinel One, SentinelOne, Sentry, Service Desk, Service Request, Servicedesk, ServiceDesk Plus,
    ServiceNow, Shared Mailbox, Shibboleth, Shodan, Shopify, Sidekiq, Siebel, Sign-in, Signal app, Single Sign-On,
    Skoda, Skoda Octavia, SkyDrive, Slurm, SmartBoard, SmartSheet, Snipping Tool, Snort, Snowflake, Snyk,
    SolarWinds, SonarQube, SonicWall, Sonos, Sophos, Sophos Central, Soundcloud, SourceTree, Spamhaus, Spectre,
    Spiceworks, Splash Screen, Splashtop, Spotify, Spring Boot, Sprockets, Squarespace, Squid proxy, SSH, SSO, Stack
    Overflow, StackOverflow, StackOverflowError, StaffVPN, Stand-up, Statuspage, Steam, Storybook, StrongSwan,
    Stuxnet, Subaru, Sublime, Subversion, SugarCRM, Sun Solaris, Supabase, Surface Hub, Surface Laptop, Surface Pro,
    SurveyMonkey, Svelte, Symantec, Synology, Sysinternals, Sysmon, sysprep, SystemD, Tailscale, TalkBack, Tanium,
    Task Manager, Task Scheduler, TeamCity, TeamViewer, Tenable, Teradata, Terminal Server, Tesla Model 3,
    ThinkCentre, ThinkPad, ThinkVision, Thunderbolt, Ticketmaster, Time Machine, Timeout, Tivoli, Todoist, Tomcat,
    TOPdesk, Toshiba, Toyota, Toyota Camry, Toyota Corolla, Toyota Hilux, TP-Link, Traefik, Trellix, Trend Micro,
    Tripwire, TrueCrypt, TrueNAS, Tumblr, Twilio, Twitch, Twitter, Two-Factor, Ubiquiti, Ubuntu Server, UniFi,
    Unity, Unix, UptimeRobot, Username, Varonis, Vauxhall, Vauxhall Astra, Vauxhall Corsa, vCenter, Veeam,
    VeraCrypt, Vercel, Verint, Veritas, VirtualBox, Visual C++, VLAN, vMotion, VoIP, Volkswagen, Volkswagen Golf,
    Volvo, VPN, vSphere, VW Golf, Wacom, WalkMe, WannaCry, Wasabi, Waze, WebDAV, WebEx, Webex, WebLogic, Webpack,
    WebSphere, Western Digital, WeTransfer, Wi-Fi, Wifi, Wiki, Wildfly, Windows 10, Windows 11, Windows 7, Windows
    Defender, Windows Hello, Windows Server, Windows Update, Winget, WinSCP, Winsock, WireGuard, Wireshark, Wistia,
    WordPad, Workaround, Workday, WSUS, Xampp, Xen, XenApp, XenDesktop, Xero, Xerox, Xiaomi, yamllint, Yammer,
    Yealink, YouTube, Yubico, Yubikey, YubiKey, Zabbix, Zapier, Zayo, Zebra printer, Zebra scanner, Zebra scanners,
    Zendesk, Zenworks, Zoho, Zookeeper, ZooKeeper, ZoomText, Zscaler, Zyxel, Škoda Octavia
"""

ALSO_NAMES = """
    Alexa, Alpine, Aruba, Atlas, Aurora, Brother, Canon, Clarity, Dell, Dragon, Elan, Flutter, Frutiger, Gerrit,
    Gotham, Helm, iLO, Inter, Jasper, Jewel, Kindle, Knox, Koha, Lato, Lora, Lottie, Merlin, Meta, Nexus, Nirvana,
    Oculus, Okta, Opera, Phoenix, Rails, Renault, Safari, Sage, Sentinel, Siri, Sonia, Suse, Suzuki, Toad, Travis,
    Vista, Zebra, Zoom, Škoda
"""
